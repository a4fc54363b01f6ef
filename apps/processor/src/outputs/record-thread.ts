import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TopicCompression, TopicRecords } from "@gatelog/topic/records";
import { encodeEvent } from "../plain-event.ts";
import type { WorkEvent } from "../work-event.ts";
import type { RawRecordsOptions } from "./raw-records.ts";
import type { RecordsAnswer, RecordsRequest } from "./record-worker.ts";

/** Memory is made in steps of so much, so that most of it can be used again. */
const stepBytes = 256 * 1024;
/** The next batch is announced while one is on its way; more memory is not kept. */
const sparesMax = 2;
/** A thread that ended (it ran out of memory, as a rule) is not begun again before. */
const pauseMs = 60_000;
/** A batch takes some hundredths of a second. */
const answerMsMax = 60_000;
const heapMiBMax = 128;

/** How records are made. */
export interface MakeOptions extends RawRecordsOptions {
  readonly compression: TopicCompression;
}

interface Waiting {
  /** Both threads see it: memory that is handed over would cost every loop over bytes, in the whole process, a check. */
  readonly events: SharedArrayBuffer;
  readonly resolve: (made: readonly TopicRecords[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A thread that makes Kafka's records of events, and compresses them by snappy, while this one receives, and sends those before. It begins with the first events
 * that it is given.
 *
 * **Guarantee**: what `make` resolves with are requests of all events, in order.
 * **Errors**: `make` rejects when the thread ended; it returns undefined for a minute after that. The events are to be sent the usual way then.
 */
export class RecordThread {
  readonly #onEnded: (error: Error) => void;
  readonly #file: string | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #spares: SharedArrayBuffer[] = [];
  #worker: Worker | undefined;
  #requests = 0;
  #notBeforeMs = -Infinity;

  /** `file` has the thread's program. */
  constructor(onEnded: (error: Error) => void, file = workerFile()) {
    this.#onEnded = onEnded;
    this.#file = file;
  }

  make(events: readonly WorkEvent[], options: MakeOptions): Promise<readonly TopicRecords[]> | undefined {
    if (this.#file === undefined || performance.now() < this.#notBeforeMs) return undefined;
    try {
      return this.#ask((this.#worker ??= this.#begin(this.#file)), events, options);
    } catch (error) {
      // No further thread, or no memory for the batch.
      this.#end(this.#worker, error);
      return undefined;
    }
  }

  #ask(worker: Worker, events: readonly WorkEvent[], options: MakeOptions): Promise<readonly TopicRecords[]> {
    // Of those whose lines are new, nothing but the line is written.
    const stored = events.map((event) =>
      event.isLineNew ? encodeEvent({ ...identityOf(event), line: event.line, fieldsJson: "" }) : event.bytes,
    );
    const lengths = Uint32Array.from(stored, ({ length }) => length);
    const memory = this.#takeMemory(lengths.reduce((sum, length) => sum + length, 0));
    pack(stored, Buffer.from(memory));
    const { partitions, bytesMax, compression } = options;
    const number = ++this.#requests;
    const request: RecordsRequest = { number, partitions, bytesMax, isSnappy: compression === "snappy", events: memory, lengths };
    worker.postMessage(request);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(worker, `no answer for ${answerMsMax / 1000} s`), answerMsMax).unref();
      this.#waiting.set(number, { events: memory, resolve, reject, timer });
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#rejectAll(new Error("the thread that makes records was stopped"));
  }

  #begin(file: string): Worker {
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heapMiBMax } });
    // What it has not made stays in the buffer: nobody waits for it.
    worker.unref();
    worker.on("message", (answer: RecordsAnswer) => this.#take(answer));
    worker.on("error", (error) => this.#end(worker, error));
    worker.on("exit", (code) => this.#end(worker, `exit code ${code}`));
    return worker;
  }

  #take({ number, requests }: RecordsAnswer): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    clearTimeout(waiting.timer);
    if (this.#spares.length < sparesMax) this.#spares.push(waiting.events);
    waiting.resolve(requests.map(asBuffers));
  }

  #takeMemory(bytes: number): SharedArrayBuffer {
    const spare = this.#spares.pop();
    return spare !== undefined && spare.byteLength >= bytes ? spare : new SharedArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes);
  }

  #end(worker: Worker | undefined, reason: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#notBeforeMs = performance.now() + pauseMs;
    void worker?.terminate();
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#rejectAll(error);
    this.#onEnded(error);
  }

  #rejectAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}

/** A thread tells a Buffer as plain bytes. */
function asBuffers(records: TopicRecords): TopicRecords {
  const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
  return { ...records, groups: records.groups.map((group) => ({ ...group, bytes: asBuffer(group.bytes) })) };
}

function identityOf({ id, time, type }: WorkEvent) {
  return { id, time, type };
}

function pack(events: readonly Buffer[], into: Buffer): void {
  let at = 0;
  for (const event of events) {
    into.set(event, at);
    at += event.length;
  }
}

/** Beside the program as it is delivered; there is none where the program is run from its source, whose threads would have to be compiled. */
function workerFile(): string | undefined {
  const delivered = join(import.meta.dirname, "record-worker.mjs");
  return existsSync(delivered) ? delivered : undefined;
}
