import { errors as clientErrors, type Client } from "@elastic/elasticsearch";
import { toTransient, transient } from "./classify.ts";
import { createClient, type ConnectionOptions } from "./client.ts";
import { indexOf } from "./document.ts";
import {
  type Acknowledgement,
  type DayGenerations,
  dayGenerationsOf,
  documentsOf,
  expectAcknowledged,
  type FoundAliases,
  type FoundDocuments,
  type Identity,
  isOfNoIndex,
  runField,
  seenOf,
  unusable,
} from "./generation-answers.ts";
import { prepareCluster, type Prepared, type PrepareOptions } from "./prepare.ts";
import {
  expectWhole,
  readShard,
  sequencesOf,
  type Shards,
  type ShardPage,
  type ShardPageOptions,
  type ShardSequence,
  type StoredDocument,
} from "./stored-documents.ts";

/** Options of the generations of daily indices. */
export interface GenerationsOptions extends ConnectionOptions, Omit<PrepareOptions, "target"> {
  /** Prefix of the daily indices. */
  readonly index: string;
}

/** A day whose name is to mean another index. */
export interface Switch {
  readonly name: string;
  readonly to: string;
  /** What the name means now; undefined where it means nothing. */
  readonly from: string | undefined;
  /** False where `from` is an index of that very name: it is deleted in the same step. */
  readonly isAlias: boolean;
}

/**
 * Several generations of a day's index, of which one is seen.
 *
 * The first is the index `<index>-YYYY.MM.DD` itself. Later ones are `…-g2`, `…-g3`, hidden indices, which no pattern finds, until the day's name is an
 * alias of one: then whatever reads `<index>-*`, or writes to the day's name, means that one.
 *
 * **Errors**: transient DeliveryError of every method; nothing is retried here.
 */
export class IndexGenerations {
  readonly #options: GenerationsOptions;
  readonly #client: Client;

  constructor(options: GenerationsOptions) {
    this.#options = options;
    this.#client = createClient(options, () => undefined);
  }

  /** Installs the template, and the lifecycle policy where one is asked for, so that new generations have today's. */
  async prepare(signal: AbortSignal): Promise<Prepared> {
    const { manageTemplate, isDynamic, retentionDays, index } = this.#options;
    const options = {
      target: { indexPrefix: index },
      ...(manageTemplate !== undefined && { manageTemplate }),
      ...(isDynamic !== undefined && { isDynamic }),
      ...(retentionDays !== undefined && { retentionDays }),
    };
    return this.#guard(() => prepareCluster(this.#client, options, signal));
  }

  /** What there is of a day, `YYYY-MM-DD`. **Errors**: permanent where its name means what cannot be built anew. */
  describe(day: string): Promise<DayGenerations> {
    return this.describeName(indexOf(this.#options.index, day));
  }

  /** The same of `<index>-YYYY.MM.DD`. */
  async describeName(name: string): Promise<DayGenerations> {
    return dayGenerationsOf(name, await this.#aliases(name));
  }

  /** The indices that the name means now, whatever they are. */
  async seen(name: string): Promise<readonly string[]> {
    return seenOf(name, await this.#aliases(name));
  }

  #aliases(name: string): Promise<FoundAliases> {
    return this.#request<FoundAliases>("GET", {
      path: `/${encodeURIComponent(name)},${encodeURIComponent(`${name}-g*`)}/_alias`,
      querystring: { expand_wildcards: "all", ignore_unavailable: "true", allow_no_indices: "true" },
      ignore: [404],
    });
  }

  /**
   * Makes an empty generation that is not seen; one that this run made stays. `bornMs`: from when its lifecycle counts.
   *
   * **Errors**: permanent where there is one that another run made.
   */
  async create(index: string, bornMs: number | undefined, run: string): Promise<void> {
    const answer = await this.#request<Acknowledgement & { readonly isThere?: boolean }>("PUT", {
      path: `/${encodeURIComponent(index)}`,
      body: { settings: { index: hidden(bornMs) }, mappings: { _meta: { [runField]: run } } },
      ignoreType: "resource_already_exists_exception",
    });
    if (answer.isThere === true) return this.expectOwn(index, run);
    expectAcknowledged(`making ${index}`, answer);
  }

  /** Whether an index is there, and which run made it. */
  async identify(index: string): Promise<Identity> {
    const found = await this.#request<Record<string, { mappings?: { _meta?: Readonly<Record<string, unknown>> } }>>("GET", {
      path: `/${encodeURIComponent(index)}/_mapping`,
      ignore: [404],
    });
    const run = found[index]?.mappings?._meta?.[runField];
    return { isThere: Object.hasOwn(found, index), run: typeof run === "string" ? run : undefined };
  }

  /** **Errors**: permanent where the index is gone, or none that this run made: who writes to one that is gone makes it again, seen and empty. */
  async expectOwn(index: string, run: string): Promise<void> {
    const found = await this.identify(index);
    if (found.isThere && found.run === run) return;
    const what = found.isThere ? " is not the index that this run made" : ", which this run was building, is gone";
    throw unusable(`${index}${what}: give the run up with --abandon, and begin again`);
  }

  async exists(index: string): Promise<boolean> {
    return (await this.identify(index)).isThere;
  }

  /** From when the index's lifecycle counts: when it was made, or when that was whose place it took; ms since the epoch. */
  async bornMs(index: string): Promise<number | undefined> {
    const found = await this.#settings<{ creation_date?: string; lifecycle?: { origination_date?: string } }>(index);
    const date = Number(found?.lifecycle?.origination_date ?? found?.creation_date);
    return Number.isFinite(date) ? date : undefined;
  }

  /** Whether writes to it are held back already. */
  async isBlocked(index: string): Promise<boolean> {
    return (await this.#settings<{ blocks?: { write?: string } }>(index))?.blocks?.write === "true";
  }

  /** How far each shard is written; after this what is written can be read. */
  async sequences(index: string): Promise<ReadonlyMap<number, ShardSequence>> {
    return this.#guard(() => sequencesOf(this.#client, index));
  }

  /** Documents of a shard in the order in which they were written, so that a place among them is good for ever. */
  async page(options: ShardPageOptions): Promise<ShardPage> {
    return this.#guard(() => readShard(this.#client, options));
  }

  /** The documents of these ids, of an index or of a day's name; those that are there. */
  async get(index: string, ids: readonly string[]): Promise<readonly StoredDocument[]> {
    if (ids.length === 0) return [];
    const answer = await this.#request<FoundDocuments>("POST", {
      path: `/${encodeURIComponent(index)}/_mget`,
      body: { ids },
      ignore: [404],
    });
    if (isOfNoIndex(answer)) return [];
    return documentsOf(index, answer).flatMap(({ _id: id, found, _source: source = {} }) => (found === true ? [{ id, source }] : []));
  }

  /** Which of these ids are not in the index. */
  async missing(index: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const missing = new Set(ids);
    if (ids.length === 0) return missing;
    const answer = await this.#request<FoundDocuments>("POST", {
      path: `/${encodeURIComponent(index)}/_mget`,
      querystring: { _source: "false" },
      body: { ids },
    });
    if (isOfNoIndex(answer)) throw unusable(`${index} is gone: give the run up with --abandon, and begin again`);
    for (const { _id, found } of documentsOf(index, answer)) if (found === true) missing.delete(_id);
    return missing;
  }

  /** How many documents there are now. */
  async count(index: string): Promise<number> {
    const path = `/${encodeURIComponent(index)}`;
    expectWhole(`refreshing ${index}`, await this.#request<Shards>("POST", { path: `${path}/_refresh` }));
    const answer = await this.#request<Shards & { count: number }>("GET", { path: `${path}/_count` });
    expectWhole(`counting ${index}`, answer);
    return answer.count;
  }

  /** Holds writes back: their writers get a transient error. Resolves when none is under way any more. */
  async block(index: string): Promise<void> {
    const answer = await this.#request<Acknowledgement>("PUT", { path: `/${encodeURIComponent(index)}/_block/write` });
    expectAcknowledged(`holding back writes to ${index}`, answer);
  }

  /** Nothing where the index is gone. */
  async unblock(index: string): Promise<void> {
    await this.#request("PUT", {
      path: `/${encodeURIComponent(index)}/_settings`,
      body: { "index.blocks.write": null },
      ignore: [404],
    });
  }

  /** Keeps a blocked index under another name, hidden and open for writes, without copying its bytes. A copy that is there and is not whole is made anew. */
  async keep(index: string, as: string, bornMs: number | undefined): Promise<void> {
    if (await this.exists(as)) {
      if (await this.#isWhole(index, as)) return;
      await this.remove([as]);
    }
    await this.#request("PUT", {
      path: `/${encodeURIComponent(index)}/_clone/${encodeURIComponent(as)}`,
      body: { settings: { index: { ...hidden(bornMs), "blocks.write": null } } },
    });
    if (!(await this.#isWhole(index, as))) throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `${as} is not all of ${index}`);
  }

  async #isWhole(index: string, as: string): Promise<boolean> {
    await this.#request("GET", {
      path: `/_cluster/health/${encodeURIComponent(as)}`,
      querystring: { wait_for_status: "yellow", timeout: "50s" },
    });
    return (await this.count(as)) === (await this.count(index));
  }

  /** Lets all these names mean other indices, in one step. **Guarantee**: a reader sees all of it or nothing. */
  async switchAll(switches: readonly Switch[]): Promise<void> {
    if (switches.length === 0) return;
    const actions = switches.flatMap(({ name, to, from, isAlias }) => [
      ...(from === undefined ? [] : [isAlias ? { remove: { index: from, alias: name } } : { remove_index: { index: from } }]),
      { add: { index: to, alias: name, is_write_index: true } },
    ]);
    expectAcknowledged("switching", await this.#request<Acknowledgement>("POST", { path: "/_aliases", body: { actions } }));
  }

  async remove(indices: readonly string[]): Promise<void> {
    for (const index of indices) {
      const answer = await this.#request<Acknowledgement>("DELETE", { path: `/${encodeURIComponent(index)}`, ignore: [404] });
      if (answer.acknowledged === false) expectAcknowledged(`removing ${index}`, answer);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #settings<T>(index: string): Promise<T | undefined> {
    const found = await this.#request<Record<string, { settings: { index: T } }>>("GET", {
      path: `/${encodeURIComponent(index)}/_settings`,
    });
    return found[index]?.settings.index;
  }

  #request<T>(method: string, { path, body, querystring, ignore = [], ignoreType }: RequestParts): Promise<T> {
    return this.#guard(async () => {
      try {
        const parts = { method, path, ...(body !== undefined && { body }), ...(querystring !== undefined && { querystring }) };
        return await this.#client.transport.request<T>(parts, { ignore: [...ignore] });
      } catch (error) {
        if (ignoreType !== undefined && typeOf(error) === ignoreType) return { isThere: true } as T;
        throw error;
      }
    });
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toTransient(error);
    }
  }
}

interface RequestParts {
  readonly path: string;
  readonly body?: object;
  readonly querystring?: Readonly<Record<string, string>>;
  /** Statuses that are an answer, too. */
  readonly ignore?: readonly number[];
  /** An error of that type is an answer, `{"isThere":true}`. */
  readonly ignoreType?: string;
}

/** What makes an index invisible to patterns, and counts its lifecycle from when its first generation was made. */
function hidden(bornMs: number | undefined): object {
  return { hidden: true, ...(bornMs !== undefined && { "lifecycle.origination_date": bornMs }) };
}

function typeOf(error: unknown): string | undefined {
  if (!(error instanceof clientErrors.ResponseError)) return undefined;
  const body = error.body as { error?: { type?: string } } | undefined;
  return body?.error?.type;
}
