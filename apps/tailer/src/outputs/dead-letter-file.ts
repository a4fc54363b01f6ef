import { Buffer } from "node:buffer";
import type { DeliveryError } from "@gatelog/pipeline";
import type { EncodedEvent } from "../event-encoder.ts";
import { AppendFile } from "@gatelog/service-kit";

const bytesMax = 256 * 1024 * 1024;

/**
 * What an output refused for good: a file of JSON lines, each with the reason and the whole event, from which it can be sent again.
 *
 * **Shape** of a line: `{"time":"…","code":"GATELOG_TOPIC_…","reason":"…","event":{…}}`.
 * **Guarantee**: `keep` resolves when the letter is durable; it rejects while the file is full, which holds the output back. The file
 * is open only while a letter is written, so that it may be moved away at any time.
 */
export class DeadLetterFile {
  readonly #path: string;
  #isFull = false;
  /** Letters are written one after the other, also those of batches that are under way at the same time. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  keep({ json }: EncodedEvent, { code, message }: DeliveryError): Promise<void> {
    const head = JSON.stringify({ time: new Date().toISOString(), code, reason: message }).slice(0, -1);
    const letter = Buffer.concat([Buffer.from(`${head},"event":`), json, Buffer.from("}\n")]);
    const kept = this.#last.then(() => this.#append(letter));
    this.#last = kept.catch(() => {});
    return kept;
  }

  /** Why letters have to wait, or undefined. */
  trouble(): string | undefined {
    return this.#isFull ? `the dead letters in ${this.#path} take ${bytesMax} bytes: send them again or move the file away` : undefined;
  }

  close(): Promise<void> {
    return this.#last;
  }

  async #append(letter: Buffer): Promise<void> {
    const file = new AppendFile(this.#path);
    try {
      await file.open();
      this.#isFull = file.bytes + letter.length > bytesMax;
      if (this.#isFull) throw new Error(this.trouble());
      await file.append(letter);
    } finally {
      await file.close();
    }
  }
}
