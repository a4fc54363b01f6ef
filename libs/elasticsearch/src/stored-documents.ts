import type { Client } from "@elastic/elasticsearch";

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

interface Hits {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _source?: Readonly<Record<string, unknown>>;
      readonly sort: readonly [number];
    }[];
  };
  readonly _shards: { readonly failed: number };
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
  await client.transport.request({ method: "POST", path: `${path}/_refresh` });
  const sequences = new Map<number, ShardSequence>();
  for (const [shard, copies] of Object.entries(stats.indices?.[index]?.shards ?? {})) {
    const primary = copies.find(({ routing }) => routing.primary);
    if (primary?.seq_no === undefined) throw new Error(`shard ${shard} of ${index} has no primary now`);
    sequences.set(Number(shard), { settled: primary.seq_no.global_checkpoint, last: primary.seq_no.max_seq_no });
  }
  if (sequences.size === 0) throw new Error(`the cluster does not say what shards ${index} has`);
  return sequences;
}

/** Reads on in one shard. The order is that of the sequence numbers, which a document keeps: no snapshot is needed that a restart would lose. */
export async function readShard(client: Client, { index, shard, after, to, documentsMax }: ShardPageOptions): Promise<ShardPage> {
  const { hits, _shards, timed_out } = await client.transport.request<Hits>({
    method: "POST",
    path: `/${encodeURIComponent(index)}/_search`,
    querystring: { preference: `_shards:${shard}` },
    body: {
      size: documentsMax,
      track_total_hits: false,
      query: { range: { _seq_no: { gt: after, lte: to } } },
      sort: [{ _seq_no: "asc" }],
    },
  });
  if (_shards.failed > 0 || timed_out) throw new Error(`shard ${shard} of ${index} did not answer whole`);
  const documents = hits.hits.map(({ _id: id, _source: source = {} }) => ({ id, source }));
  return { documents, after: hits.hits.at(-1)?.sort[0] };
}
