import { failure } from "./errors.ts";
import { payloadBytesMax, pendingBytesMax } from "./limits.ts";
import { recordBytes } from "./record-format.ts";

/** Offsets that an append was given: `first` of its first record, `next` after its last. */
export interface Appended {
  readonly first: number;
  readonly next: number;
}

interface PendingAppend {
  readonly payloads: readonly Uint8Array[];
  /** Payloads handed to batches so far. */
  taken: number;
  first: number | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Payloads that are written and fsynced together. */
export interface Batch {
  readonly payloads: Uint8Array[];
  /** Bytes of their records. */
  readonly bytes: number;
  readonly appends: readonly { readonly append: PendingAppend; readonly index: number }[];
}

/**
 * Appends that wait for the disk, in order of arrival.
 *
 * **Guarantee**: each append is settled exactly once; payload bytes in the queue are bounded by `pendingBytesMax`.
 */
export class AppendQueue {
  readonly #pending: PendingAppend[] = [];
  #bytes = 0;

  /** Appends in the queue. */
  get length(): number {
    return this.#pending.length;
  }

  /** Record bytes of the payload that comes next; the queue must not be empty. */
  get nextBytes(): number {
    const append = this.#pending[0];
    const payload = append?.payloads[append.taken];
    return payload === undefined ? 0 : recordBytes(payload);
  }

  /** Resolves when all payloads are durable. `signal` takes an append back that no batch has taken yet. */
  push(payloads: readonly Uint8Array[], signal?: AbortSignal): Promise<Appended> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const bytes = this.#check(payloads);
      const settle = () => signal?.removeEventListener("abort", abort);
      const append: PendingAppend = {
        payloads,
        taken: 0,
        first: undefined,
        resolve: (appended) => {
          settle();
          resolve(appended);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const abort = () => this.#withdraw(append, signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.push(append);
      this.#bytes += bytes;
    });
  }

  /** Takes payloads up to `bytesMax`, at least one. */
  take(bytesMax: number): Batch {
    const batch = { payloads: [] as Uint8Array[], bytes: 0, appends: [] as { append: PendingAppend; index: number }[] };
    let done = 0;
    for (const append of this.#pending) {
      const index = batch.payloads.length;
      const full = this.#takeFrom(append, batch, bytesMax);
      if (batch.payloads.length > index) batch.appends.push({ append, index });
      if (full) break;
      done += 1;
    }
    this.#pending.splice(0, done);
    return batch;
  }

  /** The batch is durable, its first record at offset `first`. */
  resolve(batch: Batch, first: number): void {
    for (const { append, index } of batch.appends) {
      append.first ??= first + index;
      if (append.taken === append.payloads.length) {
        append.resolve({ first: append.first, next: append.first + append.payloads.length });
      }
    }
  }

  /** The batch was not written: its appends fail, also those of which an earlier batch took a part. */
  reject(batch: Batch, error: unknown): void {
    for (const { append } of batch.appends) {
      if (append === this.#pending[0]) this.#drop(this.#pending.shift());
      append.reject(error);
    }
  }

  rejectAll(error: unknown): void {
    for (const append of this.#pending.splice(0)) {
      this.#drop(append);
      append.reject(error);
    }
  }

  #check(payloads: readonly Uint8Array[]): number {
    let bytes = 0;
    for (const payload of payloads) {
      if (payload.length > payloadBytesMax) {
        throw failure(
          "GATELOG_SEGMENT_LOG_PAYLOAD_TOO_LARGE",
          `a payload has ${payload.length} bytes, at most ${payloadBytesMax} are taken`,
        );
      }
      bytes += payload.length;
    }
    if (this.#bytes > 0 && this.#bytes + bytes > pendingBytesMax) {
      throw failure("GATELOG_SEGMENT_LOG_BUSY", `${this.#bytes} bytes wait already, at most ${pendingBytesMax} are taken`);
    }
    return bytes;
  }

  /** True when the batch is full. */
  #takeFrom(append: PendingAppend, batch: { payloads: Uint8Array[]; bytes: number }, bytesMax: number): boolean {
    for (; append.taken < append.payloads.length; append.taken += 1) {
      const payload = append.payloads[append.taken];
      if (payload === undefined) break;
      const bytes = recordBytes(payload);
      if (batch.payloads.length > 0 && batch.bytes + bytes > bytesMax) return true;
      batch.payloads.push(payload);
      batch.bytes += bytes;
      this.#bytes -= payload.length;
    }
    return false;
  }

  #withdraw(append: PendingAppend, reason: unknown): void {
    const index = this.#pending.indexOf(append);
    if (index < 0 || append.taken > 0) return;
    this.#pending.splice(index, 1);
    this.#drop(append);
    append.reject(reason);
  }

  /** Forgets the bytes that no batch has taken. */
  #drop(append: PendingAppend | undefined): void {
    if (append === undefined) return;
    for (const payload of append.payloads.slice(append.taken)) this.#bytes -= payload.length;
  }
}
