/** An open file. */
export interface LogFile {
  /** Reads at `position` into `buffer`; resolves with the bytes read, fewer than asked only at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `buffer` at `position`, or rejects (then any part may have been written). */
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** Makes content and size durable (fdatasync). */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A kernel lock that dies with its process. */
export interface FileLock {
  release(): Promise<void>;
}

/** Change notices for a path. */
export interface FileWatch {
  close(): void;
}

/**
 * All that the log asks of the file system, passed in so that tests can record every write, fsync and rename and make
 * images of what a power loss would leave.
 */
export interface FileSystem {
  /** `create` fails with EEXIST when the file is there; the others fail with ENOENT when it is not. Mode 0600. */
  open(path: string, mode: "read" | "write" | "create"): Promise<LogFile>;
  /** Names in a directory; rejects with ENOENT when there is none. */
  readdir(path: string): Promise<string[]>;
  /** Makes a directory and its parents, durably, mode 0700. No error when it is there. */
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Locks `path` (created when missing), or resolves with undefined when somebody else has it. */
  lock(path: string): Promise<FileLock | undefined>;
  /** Calls `onChange` when the file, or a file in the directory, changes. A hint only: notices may be missing. */
  watch(path: string, onChange: () => void): FileWatch;
}
