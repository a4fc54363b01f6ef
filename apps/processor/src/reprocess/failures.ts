import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import type { SearchDocument } from "@gatelog/elasticsearch";
import type { DeliveryError } from "@gatelog/pipeline";
import { AppendFile, StartError } from "@gatelog/service-kit";
import { bytesOf } from "./generation-writer.ts";

/** More of them say that the pipeline is wrong, not the events. */
export const failuresMax = 10_000;

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

  /** Resolves when it is durable; false where it was there already. **Errors**: StartError when there are too many. */
  async keep(document: SearchDocument, { code, message }: DeliveryError): Promise<boolean> {
    if (this.#ids.has(document.id)) return false;
    if (this.#ids.size >= failuresMax)
      throw new StartError(`reprocess: more than ${failuresMax} events cannot be stored, the last: ${message}; see ${this.path}`);
    const bytes = bytesOf(document);
    const what = bytes === undefined ? { document: document.body } : { event: Buffer.from(bytes).toString("base64") };
    const line = JSON.stringify({ id: document.id, day: document.day, code, reason: message, ...what });
    await this.#file.append(Buffer.from(`${line}\n`));
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
      if (existsSync(before)) await this.#file.append(Buffer.from(await readFile(before, "utf8")));
      await this.#file.close();
      await rename(this.path, before);
    }
    if (!existsSync(before)) return;
    const lines = (await readFile(before, "utf8")).split("\n").filter((line) => line !== "");
    this.#file = new AppendFile(this.path);
    await retry([...new Map(lines.map((line) => JSON.parse(line) as KeptFailure).map((one) => [one.id, one])).values()]);
    await rm(before);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
