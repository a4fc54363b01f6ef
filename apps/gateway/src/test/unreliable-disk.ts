import type { OpenFile, WritableFile } from "../log-files.ts";

/**
 * A disk in memory that refuses as told. What it took is in `taken`, by file; what would outlast a power failure is in
 * `durable`: after a failed sync, what that file had not yet synced never gets there, as with Linux, also when a later sync succeeds.
 */
export class UnreliableDisk {
  readonly taken: string[] = [];
  readonly durable: string[] = [];
  /** Returns an error code to fail with, or how many of the bytes are taken. */
  decide: (length: number) => string | number = (length) => length;
  /** Returns an error code to fail with; a promise delays the sync. */
  decideSync: () => string | undefined | Promise<string | undefined> = () => undefined;
  refusesNewFiles = false;
  /** Syncs that were begun. */
  syncs = 0;

  readonly open: OpenFile = () => {
    if (this.refusesNewFiles) return Promise.reject(failure("EACCES"));
    return Promise.resolve(this.#createFile());
  };

  #createFile(): WritableFile {
    const index = this.taken.push("") - 1;
    this.durable.push("");
    let isDamaged = false;
    return {
      write: (bytes, offset, length) => {
        const decision = this.decide(length);
        if (typeof decision === "string") return Promise.reject(failure(decision));
        this.taken[index] += Buffer.from(bytes.subarray(offset, offset + decision)).toString("latin1");
        return Promise.resolve({ bytesWritten: decision });
      },
      sync: async () => {
        this.syncs += 1;
        const taken = this.taken[index] ?? "";
        const decision = await this.decideSync();
        isDamaged ||= decision !== undefined;
        if (decision !== undefined) throw failure(decision);
        if (!isDamaged) this.durable[index] = taken;
      },
      isInPlace: () => Promise.resolve(true),
      close: () => Promise.resolve(),
    };
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
