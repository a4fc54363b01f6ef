import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TopicRecords } from "@gatelog/topic/records";
import { encodeEvent } from "../plain-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { type RawRecordsOptions, rawRecordsBytes, type WrittenRun } from "./raw-records.ts";
import type { RecordsAnswer, RecordsRequest } from "./record-worker.ts";

/** Memory is made in steps of so much, so that most of it can be used again. */
const stepBytes = 256 * 1024;
/** One batch is in the making while another one is on its way; more memory is not kept. */
const sparesMax = 2;
/** A thread that ended (it ran out of memory, as a rule) is not begun again before. */
const pauseMs = 60_000;
/** A batch takes some hundredths of a second. */
const answerMsMax = 60_000;
const heapMiBMax = 128;

/** Records of events, in requests. */
export interface MadeRecords {
  readonly requests: readonly TopicRecords[];
  /** Nobody reads them any more: their memory is used again. */
  release(): void;
}

/** What both threads see: memory that is handed over and back would cost every loop over bytes a check. */
interface Memory {
  /** Events as the buffer keeps them, one behind the other. */
  readonly events: SharedArrayBuffer;
  /** Their records. */
  readonly into: SharedArrayBuffer;
}

interface Waiting {
  readonly partitions: number;
  readonly memory: Memory;
  readonly resolve: (made: MadeRecords) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A thread that makes Kafka's records of events, while this one receives, and sends those before. It begins with the first events that it is given.
 *
 * **Errors**: `make` rejects when the thread ended; it returns undefined for a minute after that. The events are to be sent the usual way then.
 */
export class RecordThread {
  readonly #onEnded: (error: Error) => void;
  readonly #file: string | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #spares: Memory[] = [];
  #worker: Worker | undefined;
  #requests = 0;
  #notBeforeMs = -Infinity;

  /** `file` has the thread's program. */
  constructor(onEnded: (error: Error) => void, file = workerFile()) {
    this.#onEnded = onEnded;
    this.#file = file;
  }

  make(events: readonly WorkEvent[], options: RawRecordsOptions): Promise<MadeRecords> | undefined {
    if (this.#file === undefined || performance.now() < this.#notBeforeMs) return undefined;
    try {
      return this.#ask((this.#worker ??= this.#begin(this.#file)), events, options);
    } catch (error) {
      // No further thread, or no memory for the batch.
      this.#end(this.#worker, error);
      return undefined;
    }
  }

  #ask(worker: Worker, events: readonly WorkEvent[], options: RawRecordsOptions): Promise<MadeRecords> {
    // Of those whose lines are new, nothing but the line is written.
    const stored = events.map((event) =>
      event.isLineNew ? encodeEvent({ ...identityOf(event), line: event.line, fieldsJson: "" }) : event.bytes,
    );
    const lengths = Uint32Array.from(stored, ({ length }) => length);
    const memory = this.#takeMemory(lengths);
    pack(stored, Buffer.from(memory.events));
    const request: RecordsRequest = { ...options, ...memory, number: ++this.#requests, lengths };
    worker.postMessage(request);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(worker, `no answer for ${answerMsMax / 1000} s`), answerMsMax).unref();
      this.#waiting.set(request.number, { partitions: options.partitions, memory, resolve, reject, timer });
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
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

  #take({ number, into, runs }: RecordsAnswer): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    clearTimeout(waiting.timer);
    const { partitions, memory, resolve } = waiting;
    const records = Buffer.from(into);
    resolve({
      requests: runs.map((run) => requestOf(run, records, partitions)),
      release: () => this.#keepMemory({ events: memory.events, into }),
    });
  }

  #takeMemory(lengths: Uint32Array): Memory {
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    const bytesInto = rawRecordsBytes(lengths);
    const spare = this.#spares.pop();
    if (spare !== undefined && spare.events.byteLength >= bytes && spare.into.byteLength >= bytesInto) return spare;
    return { events: shared(bytes), into: shared(bytesInto) };
  }

  #keepMemory(memory: Memory): void {
    if (this.#spares.length < sparesMax) this.#spares.push(memory);
  }

  #end(worker: Worker | undefined, reason: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#notBeforeMs = performance.now() + pauseMs;
    void worker?.terminate();
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#onEnded(error);
    this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}

function requestOf({ count, groups }: WrittenRun, into: Buffer, partitions: number): TopicRecords {
  return {
    count,
    partitions,
    groups: groups.map(({ partition, count: records, start, end }) => ({ partition, count: records, bytes: into.subarray(start, end) })),
  };
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

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes);
}

/** Beside the program as it is delivered; there is none where the program is run from its source, whose threads would have to be compiled. */
function workerFile(): string | undefined {
  const delivered = join(import.meta.dirname, "record-worker.mjs");
  return existsSync(delivered) ? delivered : undefined;
}
