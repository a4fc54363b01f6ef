import type { OpenFile, WritableFile } from "../log-files.ts";

/** A disk in memory that refuses as told; what it took is in `taken`, by file. */
export class UnreliableDisk {
  readonly taken: string[] = [];
  /** Returns an error code to fail with, or how many of the bytes are taken. */
  decide: (length: number) => string | number = (length) => length;
  refusesNewFiles = false;

  readonly open: OpenFile = () => {
    if (this.refusesNewFiles) return Promise.reject(Object.assign(new Error("no"), { code: "EACCES" }));
    const index = this.taken.push("") - 1;
    const file: WritableFile = {
      write: (bytes, offset, length) => {
        const decision = this.decide(length);
        if (typeof decision === "string") return Promise.reject(Object.assign(new Error(decision), { code: decision }));
        this.taken[index] += Buffer.from(bytes.subarray(offset, offset + decision)).toString("latin1");
        return Promise.resolve({ bytesWritten: decision });
      },
      sync: () => Promise.resolve(),
      stat: () => Promise.resolve({ nlink: 1 }),
      close: () => Promise.resolve(),
    };
    return Promise.resolve(file);
  };
}
