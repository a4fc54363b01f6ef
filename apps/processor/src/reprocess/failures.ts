import { Buffer } from "node:buffer";
import { createReadStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { SearchDocument } from "@gatelog/elasticsearch";
import type { DeliveryError } from "@gatelog/pipeline";
import { AppendFile, StartError } from "@gatelog/service-kit";
import { bytesOf } from "./generation-writer.ts";

/** More of them say that the pipeline is wrong, not the events. */
export const failuresMax = 10_000;
/** And of these bytes, as lines of the file. */
const failuresBytesMax = 1024 * 1024 * 1024;
/** Tried again together. */
const retriedMax = 100;

/**
 * What could not be stored.
 *
 * **Shape**: a line each: `{"id","day","code","reason","event"}` with the event's bytes (stored-event.ts) in base64, or `document` in its place.
 */
export interface KeptFailure {
  readonly id: string;
  readonly day: string;
  readonly code: string;
  readonly reason: string;
  readonly event?: string;
  readonly document?: Readonly<Record<string, unknown>>;
}

/** The file of what a run could not store; an id stands there once. */
export class Failures {
  readonly path: string;
  readonly #ids = new Set<string>();
  #file: AppendFile;

  constructor(path: string) {
    this.path = path;
    this.#file = new AppendFile(path);
  }

  /** Resolves when it is durable; false where it was there already. **Errors**: StartError when there are too many, or the disk takes none. */
  async keep(document: SearchDocument, { code, message }: DeliveryError): Promise<boolean> {
    if (this.#ids.has(document.id)) return false;
    if (this.#ids.size >= failuresMax)
      throw new StartError(`reprocess: more than ${failuresMax} events cannot be stored, the last: ${message}; see ${this.path}`);
    const bytes = bytesOf(document);
    const what = bytes === undefined ? { document: document.body } : { event: Buffer.from(bytes).toString("base64") };
    const line = JSON.stringify({ id: document.id, day: document.day, code, reason: message, ...what });
    if (this.#file.bytes + line.length > failuresBytesMax)
      throw new StartError(
        `reprocess: the events that cannot be stored are more than ${failuresBytesMax} bytes, the last: ${message}; see ${this.path}`,
      );
    await this.#append(`${line}\n`);
    this.#ids.add(document.id);
    return true;
  }

  get count(): number {
    return this.#ids.size;
  }

  /** Takes up those of an earlier start, which are to be tried again: `retry` keeps anew what is refused again. */
  async retryAll(retry: (failures: readonly KeptFailure[]) => Promise<void>): Promise<void> {
    const before = `${this.path}.before`;
    if (existsSync(this.path)) {
      // What a kill left of an earlier try comes first; an id that stands in both is kept once.
      if (existsSync(before)) for await (const line of linesOf(before)) await this.#append(`${line}\n`);
      else await this.#file.open();
      await this.#file.close();
      await rename(this.path, before);
    }
    if (!existsSync(before)) return;
    this.#file = new AppendFile(this.path);
    const seen = new Set<string>();
    let next: KeptFailure[] = [];
    for await (const line of linesOf(before)) {
      const failure = JSON.parse(line) as KeptFailure;
      if (!seen.has(failure.id)) next.push(failure);
      seen.add(failure.id);
      if (next.length < retriedMax) continue;
      await retry(next);
      next = [];
    }
    await retry(next);
    await rm(before);
  }

  async #append(text: string): Promise<void> {
    try {
      await this.#file.append(Buffer.from(text));
    } catch (error) {
      throw new StartError(
        `reprocess: what cannot be stored cannot be kept either: ${error instanceof Error ? error.message : String(error)}; start it again when ${this.path} can be written`,
        { cause: error },
      );
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** A line at a time, for the file may be larger than a text can be. */
async function* linesOf(path: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) if (line !== "") yield line;
}
