import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FileLock, nodeFileSystem } from "@gatelog/segment-log";
import { codeOf, StartError } from "@gatelog/service-kit";
import type { HistorySource } from "./reprocess-plan.ts";

/** Where a run stands with one day. */
export interface DayState {
  /** The name that readers and writers use. */
  readonly name: string;
  /** What it means now; undefined: there is nothing of that day yet. */
  from: string | undefined;
  isAlias: boolean;
  /** The generation that is built. */
  readonly to: string;
  readonly generation: number;
  /** What the first generation is kept as, whose name the alias takes. */
  readonly keptAs: string;
  readonly bornMs: number | undefined;
  /** Sequence number, by shard of `from`, up to which its documents are done. */
  stored: Record<string, number>;
}

/** What a run has done so far. */
export interface RunCounts {
  /** Read from files or the topic, of the range. */
  events: number;
  /** Documents of the old generation that were looked at. */
  stored: number;
  /** Of these, those that go over as they are: they cannot be rebuilt, or lie outside the range. */
  copied: number;
  /** Of `events`, what today's filters drop, or the output does not want. */
  dropped: number;
  /** The same of `stored`. */
  storedDropped: number;
  /** Lines and messages whose id cannot be known: what the store has of them comes from there. */
  unknown: number;
  /** Stored in their minimal form, for the cluster refused their fields. */
  minimal: number;
  failed: number;
  /** Rows of the database that were made anew. */
  rowsUpdated: number;
  /** Had this version of the pipeline already, or a later one. */
  rowsLeft: number;
  /** Events without a row. */
  rowsMissing: number;
  /** Rows that cannot be said as a line again, where the rows are the source. */
  rowsKept: number;
  /** Events that today's filters drop; their rows stay. */
  rowsDropped: number;
  /** Refused by the database. */
  rowsFailed: number;
}

/** All that a run must not forget. */
export interface RunState {
  readonly v: 1;
  /** Stands in the generations that it made. */
  readonly id: string;
  readonly startedAt: string;
  readonly range: {
    readonly from: string;
    readonly to: string;
    readonly source: HistorySource;
    readonly topic: string | undefined;
    readonly output: string;
    /** Whose rows are made anew, without user and password. */
    readonly database?: string | undefined;
  };
  readonly fingerprint: string;
  /** `reading`: the old generations are seen; `switched`: the new ones are. */
  phase: "reading" | "switched";
  isCreated: boolean;
  readonly days: Record<string, DayState>;
  /** Where the source stands, in its own words. */
  source: unknown;
  isSourceDone: boolean;
  /** The last row that is done, where the rows are the source; those of earlier days are done, too. */
  rowsAt?: { readonly day: string; readonly id: string };
  /** Indices on which writes are held back by this run. */
  blocked: string[];
  readonly counts: RunCounts;
}

export const noCounts: RunCounts = Object.freeze({
  events: 0,
  stored: 0,
  copied: 0,
  dropped: 0,
  storedDropped: 0,
  unknown: 0,
  minimal: 0,
  failed: 0,
  rowsUpdated: 0,
  rowsLeft: 0,
  rowsMissing: 0,
  rowsKept: 0,
  rowsDropped: 0,
  rowsFailed: 0,
});

/** The directory of reprocessing, `<buffer.dir>/reprocess`: what a run has done, and what it could not store. */
export class RunDirectory {
  readonly path: string;
  #lock: FileLock | undefined;

  constructor(bufferDir: string) {
    this.path = join(bufferDir, "reprocess");
  }

  get failuresFile(): string {
    return join(this.path, "failed.ndjson");
  }

  /** One run at a time. The lock ends with the process. **Errors**: StartError. */
  async lock(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    this.#lock = await nodeFileSystem.lock(join(this.path, "lock"));
    if (this.#lock === undefined)
      throw new StartError(`reprocess: another one is running with ${this.path}: wait for it, or look with --status`);
  }

  /** Whether a run is under way now. */
  async isLocked(): Promise<boolean> {
    const lock = await nodeFileSystem.lock(join(this.path, "lock"));
    await lock?.release();
    return lock === undefined;
  }

  async unlock(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /** The run that was begun and not ended. */
  load(): Promise<RunState | undefined> {
    return readState(this.#file("state.json"));
  }

  /** The run that ended last. */
  loadLast(): Promise<RunState | undefined> {
    return readState(this.#file("last.json"));
  }

  /** Resolves when it would survive a power loss. */
  async save(state: RunState): Promise<void> {
    const file = this.#file("state.json");
    const handle = await open(`${file}.new`, "w", 0o600);
    try {
      await handle.writeFile(JSON.stringify(state));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    await nodeFileSystem.syncDirectory(this.path);
  }

  /** A new run begins: what an earlier one could not store is kept beside it, and is none of its concern. */
  async setFailuresAside(nowMs: number): Promise<void> {
    for (const file of [this.failuresFile, `${this.failuresFile}.before`]) {
      if (existsSync(file)) await rename(file, `${file}.${new Date(nowMs).toISOString().replaceAll(":", "")}`);
    }
  }

  /** The run is over. */
  async end(): Promise<void> {
    await rename(this.#file("state.json"), this.#file("last.json"));
    await nodeFileSystem.syncDirectory(this.path);
  }

  /** The run is given up. */
  async forget(): Promise<void> {
    await rm(this.#file("state.json"), { force: true });
    await rm(this.failuresFile, { force: true });
    await nodeFileSystem.syncDirectory(this.path);
  }

  #file(name: string): string {
    return join(this.path, name);
  }
}

async function readState(file: string): Promise<RunState | undefined> {
  try {
    const state = JSON.parse(await readFile(file, "utf8")) as RunState;
    if (state.v === 1) return { ...state, counts: { ...noCounts, ...state.counts } };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new StartError(`reprocess: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new StartError(`reprocess: ${file} was written by a later version, which has to go on with it`);
}
