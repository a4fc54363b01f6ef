/** One generation of a file: its content since it was created, or since it was last truncated or replaced. */
export interface TailedFile {
  /** Id of the input that found it. */
  readonly input: string;
  /** Where it was last seen. */
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  /** 16 random bytes; on disk before the first line of the generation is handed on, and never changed. */
  readonly generation: Uint8Array;
}

/**
 * One complete line.
 *
 * **Guarantee**: (generation, offset) names the line for ever; it is the same when the line is handed on again.
 */
export interface TailLine {
  /** Without its line end (`\n` or `\r\n`). A view: valid until the delivery settles. */
  readonly bytes: Uint8Array;
  /** Byte offset of its first byte. */
  readonly offset: number;
  /** Byte offset behind its line end. */
  readonly nextOffset: number;
  /** True when it was longer than `lineBytesMax` and `bytes` holds only its beginning. */
  readonly truncated: boolean;
  readonly file: TailedFile;
}

/** A group of files that are read alike. */
export interface TailInput {
  /** Unique; part of the registry. */
  readonly id: string;
  /** Absolute paths or globs (`*`, `?`, `[…]`, `{a,b}`, `**`). */
  readonly paths: readonly string[];
  /** Globs of what is not read although `paths` match it. */
  readonly exclude?: readonly string[];
}

/** What the tail tells its owner, who logs and counts. Nothing is told per line, except a line that was cut. */
export type FileTailEvent =
  | { readonly type: "fileFound"; readonly path: string; readonly offset: number }
  | { readonly type: "fileRenamed"; readonly path: string; readonly from: string }
  | { readonly type: "fileTruncated"; readonly path: string; readonly offset: number; readonly size: number }
  /** Same inode, other content: the file before it is gone. */
  | { readonly type: "fileReplaced"; readonly path: string }
  | { readonly type: "fileClosed"; readonly path: string; readonly reason: "inactive" | "removed" | "handles" }
  /** A file vanished before it could be read to its end. */
  | { readonly type: "fileLost"; readonly path: string; readonly unreadBytes: number }
  | { readonly type: "lineCut"; readonly path: string; readonly offset: number; readonly lineBytes: number }
  | { readonly type: "readFailed"; readonly path: string; readonly error: unknown }
  | { readonly type: "scanFailed"; readonly input: string; readonly path: string; readonly error: unknown }
  | { readonly type: "scanRecovered"; readonly input: string }
  | { readonly type: "hintFailed"; readonly error: unknown }
  | { readonly type: "registryDamaged"; readonly file: string; readonly damagedRecords: number; readonly recoveredFiles: number }
  | { readonly type: "registryWriteFailed"; readonly error: unknown }
  | { readonly type: "registryFull"; readonly path: string; readonly filesMax: number }
  /** Something unforeseen while reading; the tail goes on. */
  | { readonly type: "passFailed"; readonly error: unknown }
  | { readonly type: "deliveryRejected"; readonly error: unknown };

export type OnFileTailEvent = (event: FileTailEvent) => void;
