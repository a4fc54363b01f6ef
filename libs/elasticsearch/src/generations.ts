import { errors as clientErrors, type Client } from "@elastic/elasticsearch";
import { toTransient } from "./classify.ts";
import { createClient, type ConnectionOptions } from "./client.ts";
import { indexOf } from "./document.ts";
import { prepareCluster, type Prepared, type PrepareOptions } from "./prepare.ts";
import {
  readShard,
  sequencesOf,
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

/** What there is of a day. */
export interface DayGenerations {
  /** `<index>-YYYY.MM.DD`: the name that readers and writers use. */
  readonly name: string;
  /** The index behind that name, or undefined where there is none. */
  readonly current: string | undefined;
  /** Whether the name is an alias, as it is from the second generation on. */
  readonly isAlias: boolean;
  /** All indices `<name>-g<N>`, whatever they are for. */
  readonly others: readonly string[];
  /** The number of the next generation: above all that are there, at least 2. */
  readonly next: number;
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

const generationPattern = /-g(\d+)$/;

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

  /** What there is of a day, `YYYY-MM-DD`. */
  async describe(day: string): Promise<DayGenerations> {
    const name = indexOf(this.#options.index, day);
    const found = await this.#request<Record<string, { aliases: Record<string, { is_write_index?: boolean }> }>>("GET", {
      path: `/${encodeURIComponent(name)},${encodeURIComponent(`${name}-g*`)}/_alias`,
      querystring: { expand_wildcards: "all", ignore_unavailable: "true", allow_no_indices: "true" },
      ignore: [404],
    });
    const indices = Object.entries(found).filter(([index]) => index.startsWith(name));
    const behind = indices.filter(([, { aliases }]) => aliases !== undefined && Object.hasOwn(aliases, name)).map(([index]) => index);
    const others = indices.map(([index]) => index).filter((index) => index.startsWith(`${name}-g`) && generationPattern.test(index));
    const isConcrete = indices.some(([index]) => index === name);
    return {
      name,
      current: isConcrete ? name : behind[0],
      isAlias: !isConcrete && behind.length > 0,
      others,
      next: Math.max(1, ...others.map((index) => Number(generationPattern.exec(index)?.[1] ?? 1))) + 1,
    };
  }

  /** Makes an empty generation that is not seen; one that is there stays. `bornMs`: from when its lifecycle counts. */
  async create(index: string, bornMs: number | undefined): Promise<void> {
    await this.#request("PUT", {
      path: `/${encodeURIComponent(index)}`,
      body: { settings: { index: hidden(bornMs) } },
      ignoreType: "resource_already_exists_exception",
    });
  }

  async exists(index: string): Promise<boolean> {
    const found = await this.#request<Record<string, unknown>>("GET", { path: `/${encodeURIComponent(index)}/_alias`, ignore: [404] });
    return Object.hasOwn(found, index);
  }

  /** When the index was made, ms since the epoch. */
  async bornMs(index: string): Promise<number | undefined> {
    const found = await this.#request<Record<string, { settings: { index: { creation_date?: string } } }>>("GET", {
      path: `/${encodeURIComponent(index)}/_settings/index.creation_date`,
    });
    const date = Number(found[index]?.settings.index.creation_date);
    return Number.isFinite(date) ? date : undefined;
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
    const answer = await this.#request<{ docs: readonly { _id: string; found?: boolean; _source?: Record<string, unknown> }[] }>("POST", {
      path: `/${encodeURIComponent(index)}/_mget`,
      body: { ids },
      ignore: [404],
    });
    return (answer.docs ?? []).flatMap(({ _id: id, found, _source: source = {} }) => (found === true ? [{ id, source }] : []));
  }

  /** Which of these ids are not in the index. */
  async missing(index: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const missing = new Set(ids);
    if (ids.length === 0) return missing;
    const answer = await this.#request<{ docs: readonly { _id: string; found?: boolean }[] }>("POST", {
      path: `/${encodeURIComponent(index)}/_mget`,
      querystring: { _source: "false" },
      body: { ids },
    });
    for (const { _id, found } of answer.docs) if (found === true) missing.delete(_id);
    return missing;
  }

  /** How many documents there are now. */
  async count(index: string): Promise<number> {
    await this.#request("POST", { path: `/${encodeURIComponent(index)}/_refresh` });
    return (await this.#request<{ count: number }>("GET", { path: `/${encodeURIComponent(index)}/_count` })).count;
  }

  /** Holds writes back: their writers get a transient error. Resolves when none is under way any more. */
  async block(index: string): Promise<void> {
    await this.#request("PUT", { path: `/${encodeURIComponent(index)}/_block/write` });
  }

  /** Nothing where the index is gone. */
  async unblock(index: string): Promise<void> {
    await this.#request("PUT", {
      path: `/${encodeURIComponent(index)}/_settings`,
      body: { "index.blocks.write": null },
      ignore: [404],
    });
  }

  /** Keeps a blocked index under another name, hidden, without copying its bytes. A copy that is there and is not whole is made anew. */
  async keep(index: string, as: string, bornMs: number | undefined): Promise<void> {
    if (await this.exists(as)) {
      if ((await this.count(as)) === (await this.count(index))) return;
      await this.remove([as]);
    }
    await this.#request("PUT", {
      path: `/${encodeURIComponent(index)}/_clone/${encodeURIComponent(as)}`,
      body: { settings: { index: hidden(bornMs) } },
    });
    await this.#request("GET", {
      path: `/_cluster/health/${encodeURIComponent(as)}`,
      querystring: { wait_for_status: "yellow", timeout: "50s" },
    });
  }

  /** Lets all these names mean other indices, in one step. **Guarantee**: a reader sees all of it or nothing. */
  async switchAll(switches: readonly Switch[]): Promise<void> {
    if (switches.length === 0) return;
    const actions = switches.flatMap(({ name, to, from, isAlias }) => [
      ...(from === undefined ? [] : [isAlias ? { remove: { index: from, alias: name } } : { remove_index: { index: from } }]),
      { add: { index: to, alias: name, is_write_index: true } },
    ]);
    await this.#request("POST", { path: "/_aliases", body: { actions } });
  }

  async remove(indices: readonly string[]): Promise<void> {
    for (const index of indices) await this.#request("DELETE", { path: `/${encodeURIComponent(index)}`, ignore: [404] });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #request<T>(method: string, { path, body, querystring, ignore = [], ignoreType }: RequestParts): Promise<T> {
    return this.#guard(async () => {
      try {
        const parts = { method, path, ...(body !== undefined && { body }), ...(querystring !== undefined && { querystring }) };
        return await this.#client.transport.request<T>(parts, { ignore: [...ignore] });
      } catch (error) {
        if (ignoreType !== undefined && typeOf(error) === ignoreType) return {} as T;
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
  /** An error of that type is an empty answer. */
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
