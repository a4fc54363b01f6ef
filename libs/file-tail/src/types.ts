import type { LineExtra } from "./line-batch.ts";

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
 * One event: a complete line, or several that were joined.
 *
 * **Guarantee**: (generation, offset) names the line for ever; it is the same when the line is handed on again. Of a joined one
 * `nextOffset` belongs to the name.
 */
export interface TailLine {
  /** Without its line end, as UTF-8 whatever the file's encoding. */
  readonly bytes: Uint8Array;
  /** Byte offset of its first byte in the file. */
  readonly offset: number;
  /** Byte offset behind its line end. */
  readonly nextOffset: number;
  /** True when it was longer than a limit and `bytes` holds only its beginning. */
  readonly truncated: boolean;
  /** True when it was made of several lines of the file. */
  readonly joined: boolean;
  readonly extra?: LineExtra;
  readonly file: TailedFile;
}

/** Encodings that files may have. UTF-16 needs no byte order mark; one at the beginning of a file is passed over. */
export const encodings = ["utf-8", "utf-16le", "utf-16be", "gbk", "gb18030", "big5", "latin1"] as const;
export type Encoding = (typeof encodings)[number];

/**
 * Several lines of the file that are one event, by the rules of Filebeat. Patterns are RE2's.
 *
 * **Units**: `linesMax` default 500, `bytesMax` default `lineBytesMax`: what is over it becomes the next event, nothing is dropped.
 * `flushMs` default 5,000: an event whose next line does not come ends after it.
 */
export type MultilineOptions = { readonly linesMax?: number; readonly bytesMax?: number; readonly flushMs?: number } & (
  | {
      readonly type: "pattern";
      readonly pattern: string;
      readonly negate?: boolean;
      readonly match: "after" | "before";
      readonly flushPattern?: string;
    }
  | { readonly type: "count"; readonly count: number }
  /** Consecutive lines that match (or, negated, do not) are one event; every other line is one by itself. */
  | { readonly type: "while"; readonly pattern: string; readonly negate?: boolean }
);

/** Lines that are JSON objects: their keys become fields of the event. The message stays the line, unless `messageKey` names a text in it. */
export interface NdjsonOptions {
  /** Field that holds the keys; empty: the event itself. Default `json`. */
  readonly target?: string;
  readonly messageKey?: string;
  /** Whether a line that is no JSON object gets `error.message`. Default true. */
  readonly addErrorKey?: boolean;
}

/** Lines that a container runtime wrote; parts of one line are joined. `stream` becomes a field, the time the event's. */
export interface ContainerOptions {
  readonly format?: "auto" | "docker" | "cri";
  /** Lines of the other stream are passed over. Default `all`. */
  readonly stream?: "all" | "stdout" | "stderr";
}

/** One step of reading; they run in the order in which they stand. */
export type ParserOptions =
  | { readonly container: ContainerOptions }
  | { readonly multiline: MultilineOptions }
  | { readonly ndjson: NdjsonOptions };

/** How the bytes of a file become events. */
export interface LineOptions {
  /** Default `utf-8`. */
  readonly encoding?: Encoding;
  /** What ends a line. Default `\n`, before which a `\r` belongs to the line end too. */
  readonly delimiter?: string;
  /** What becomes of a line over the limit. Default `cut`. */
  readonly overlong?: "cut" | "skip";
  /** RE2 patterns; an event that matches none is left out. Default: all are taken. */
  readonly includeLines?: readonly string[];
  /** RE2 patterns; an event that matches one is left out, also one that is to be included. */
  readonly excludeLines?: readonly string[];
  readonly parsers?: readonly ParserOptions[];
}

/** A group of files that are read alike. */
export interface TailInput extends LineOptions {
  /** Unique; part of the registry. */
  readonly id: string;
  /** Absolute paths or globs (`*`, `?`, `[…]`, `{a,b}`, `**`). */
  readonly paths: readonly string[];
  /** Globs of what is not read although `paths` match it. */
  readonly exclude?: readonly string[];
  /** Whether symbolic links to files and directories are followed. Default false. */
  readonly symlinks?: boolean;
  /**
   * `auto` (default): a `.gz` file that `paths` match is read as what it holds, and `<file>.gz` beside a file that they match as the
   * rest of the file that was compressed to it. `none`: as bytes like any other, and not at all.
   */
  readonly compression?: "auto" | "none";
  /** `end`: of the files that are there when the input is seen for the first time ever, only what is added later. Default `beginning`. */
  readonly startAt?: "beginning" | "end";
  /** Files that were not written to for so long when they are found are not read, until they grow. Default 0: all are. */
  readonly ignoreOlderMs?: number;
  /**
   * What was not written to for so long is forgotten, though it is there: should it grow while nothing runs, it is a new file. Over
   * `ignoreOlderMs` and a scan's interval. Default 0: never.
   */
  readonly cleanInactiveMs?: number;
  /** Closed as soon as it is read to its end, and opened again when it grows. Default false. */
  readonly closeEof?: boolean;
  /** Closed as soon as it is renamed and read to its end. Default false. */
  readonly closeRenamed?: boolean;
  /** Deleted when it is rotated, delivered, and was not written to for `deleteGraceMs`. Default false. */
  readonly deleteAfterDelivery?: boolean;
  /** Default 30 minutes. */
  readonly deleteGraceMs?: number;
}

/** Why a file is not held open any more. */
export type CloseReason = "inactive" | "removed" | "renamed" | "read" | "handles" | "deletedBytes" | "copy";

/** What the tail tells its owner, who logs and counts. Nothing is told per line, except a line that was cut. */
export type FileTailEvent =
  | { readonly type: "fileFound"; readonly path: string; readonly offset: number }
  | { readonly type: "fileRenamed"; readonly path: string; readonly from: string }
  | { readonly type: "fileTruncated"; readonly path: string; readonly offset: number; readonly size: number }
  /** Same inode, other content: the file before it is gone. */
  | { readonly type: "fileReplaced"; readonly path: string }
  | { readonly type: "fileClosed"; readonly path: string; readonly reason: CloseReason }
  /** A file that may be a copy of another one; it is not read until it is known what becomes of that one. */
  | { readonly type: "copyWaiting"; readonly path: string; readonly from: string }
  /** A file that holds what another one held that is truncated, replaced or gone: it is read on from `offset`. */
  | {
      readonly type: "copyRecognised";
      readonly path: string;
      readonly from: string;
      readonly offset: number;
      readonly unreadBytes: number;
    }
  /** A gzip file that cannot be inflated to its end, and is not being written any more; it is left alone until it changes. */
  | { readonly type: "compressedDamaged"; readonly path: string; readonly error: unknown }
  /** All of a gzip file was read and is delivered; `bytes` of it, inflated, since it was opened. */
  | { readonly type: "compressedFinished"; readonly path: string; readonly bytes: number }
  /** Delivered, rotated, and not written to for long: `deleteAfterDelivery`. */
  | { readonly type: "fileDeleted"; readonly path: string; readonly bytes: number }
  | { readonly type: "deleteFailed"; readonly path: string; readonly error: unknown }
  /** Bytes that vanished before they could be read, and were found nowhere else. */
  | { readonly type: "fileLost"; readonly path: string; readonly unreadBytes: number }
  /** A line over the limit: its beginning was taken, or it was skipped. */
  | {
      readonly type: "lineOverlong";
      readonly path: string;
      readonly offset: number;
      readonly lineBytes: number;
      readonly isSkipped: boolean;
    }
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
