import { errors as clientErrors, type Client } from "@elastic/elasticsearch";
import { transient } from "./classify.ts";

/** A document as it is stored. */
export interface StoredDocument {
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Which documents of a shard. */
export interface ShardPageOptions {
  readonly index: string;
  readonly shard: number;
  /** Those behind this sequence number; −1 from the first on. */
  readonly after: number;
  /** Up to this sequence number, inclusive. */
  readonly to: number;
  readonly documentsMax: number;
}

/** Some documents of a shard, in the order in which they were written. */
export interface ShardPage {
  readonly documents: readonly StoredDocument[];
  /** Where the next page begins; undefined where this one is empty: then the shard is read. */
  readonly after: number | undefined;
}

/** How many shards an answer is of. */
export interface Shards {
  readonly _shards: { readonly total?: number; readonly successful?: number; readonly failed: number };
}

interface Hits extends Shards {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _source?: Readonly<Record<string, unknown>>;
      readonly sort: readonly [number];
    }[];
  };
  readonly timed_out: boolean;
}

interface Stats {
  readonly indices?: Readonly<
    Record<
      string,
      {
        readonly shards: Readonly<
          Record<
            string,
            readonly {
              readonly routing: { readonly primary: boolean };
              readonly seq_no?: { readonly global_checkpoint: number; readonly max_seq_no: number };
            }[]
          >
        >;
      }
    >
  >;
}

/** How far a shard is written. */
export interface ShardSequence {
  /** Up to it every write is done, on every copy: nothing is ever written before it. */
  readonly settled: number;
  /** The last that was given. Where no write can be under way (a blocked index), nothing comes before it any more. */
  readonly last: number;
}

/**
 * How far each shard is written; and makes what is written searchable.
 *
 * **Guarantee**: every document up to `settled` is found by `readShard` from now on.
 */
export async function sequencesOf(client: Client, index: string): Promise<ReadonlyMap<number, ShardSequence>> {
  const path = `/${encodeURIComponent(index)}`;
  const querystring = { level: "shards", filter_path: "indices.*.shards.*.seq_no,indices.*.shards.*.routing" };
  const stats = await client.transport.request<Stats>({ method: "GET", path: `${path}/_stats`, querystring });
  const settings = await client.transport.request<Settings>({ method: "GET", path: `${path}/_settings` });
  expectWhole(`refreshing ${index}`, await client.transport.request<Shards>({ method: "POST", path: `${path}/_refresh` }));
  const sequences = new Map<number, ShardSequence>();
  for (const [shard, copies] of Object.entries(stats.indices?.[index]?.shards ?? {})) {
    const primary = copies.find(({ routing }) => routing.primary);
    if (primary?.seq_no === undefined) throw new Error(`shard ${shard} of ${index} has no primary now`);
    sequences.set(Number(shard), { settled: primary.seq_no.global_checkpoint, last: primary.seq_no.max_seq_no });
  }
  // The answer passes over a shard that no node has now.
  const count = Number(settings[index]?.settings.index.number_of_shards);
  if (sequences.size !== count) throw new Error(`${sequences.size} of the ${count} shards of ${index} say how far they are written`);
  return sequences;
}

type Settings = Readonly<Record<string, { readonly settings: { readonly index: { readonly number_of_shards?: string } } }>>;

/** **Errors**: where not every shard answered: what they have would be taken for not there. */
export function expectWhole(what: string, { _shards: shards }: Shards): void {
  if (shards.failed > 0 || shards.successful === 0) throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `${what}: not all shards answered`);
}

/** A page larger than that is not taken into memory, but half as many documents, unless it is of one. */
const pageBytesMax = 32 * 1024 * 1024;

/** Reads on in one shard. The order is that of the sequence numbers, which a document keeps: no snapshot is needed that a restart would lose. */
export async function readShard(client: Client, options: ShardPageOptions): Promise<ShardPage> {
  const { index, shard, after, to, documentsMax } = options;
  const request = {
    method: "POST",
    path: `/${encodeURIComponent(index)}/_search`,
    querystring: { preference: `_shards:${shard}` },
    body: {
      size: documentsMax,
      track_total_hits: false,
      query: { range: { _seq_no: { gt: after, lte: to } } },
      sort: [{ _seq_no: "asc" }],
    },
  };
  // The client has a limit of its own, that of a text.
  const limits = documentsMax > 1 ? { maxResponseSize: pageBytesMax, maxCompressedResponseSize: pageBytesMax } : {};
  try {
    const answer = await client.transport.request<Hits>(request, limits);
    expectWhole(`reading ${index}`, answer);
    if (answer.timed_out) throw new Error(`shard ${shard} of ${index} did not answer whole`);
    const { hits } = answer.hits;
    return { documents: hits.map(({ _id: id, _source: source = {} }) => ({ id, source })), after: hits.at(-1)?.sort[0] };
  } catch (error) {
    if (documentsMax > 1 && error instanceof clientErrors.RequestAbortedError && /bigger than the maximum/.test(error.message))
      return readShard(client, { ...options, documentsMax: Math.floor(documentsMax / 2) });
    throw error;
  }
}
