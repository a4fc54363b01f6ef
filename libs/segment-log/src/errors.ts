import { DeliveryError } from "@gatelog/pipeline";

/** Every error of this library: what it means and what to do. */
export const errors = {
  GATELOG_SEGMENT_LOG_LOCKED: "Another process has the log or the cursor open. Stop it, or give this one its own directory or cursor name.",
  GATELOG_SEGMENT_LOG_MISSING: "There is no log in this directory yet. Start its writer, or check the path.",
  GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN:
    "The log has no cursor of this name. Add the name to the list of cursors (groups) in the writer's configuration.",
  GATELOG_SEGMENT_LOG_NAME: "A cursor's name is not usable as a file name. Use 1 to 64 letters, digits, dots, hyphens and underscores.",
  GATELOG_SEGMENT_LOG_VERSION: "The log was written by a later version of gatelog. Run that version, or drain the log with it first.",
  GATELOG_SEGMENT_LOG_OPTION: "A size is out of its range. The message names the option and the range.",
  GATELOG_SEGMENT_LOG_PAYLOAD_TOO_LARGE:
    "One payload is larger than the log takes (16 MiB). It is refused for good; nothing of it was written.",
  GATELOG_SEGMENT_LOG_DISK_FULL:
    "The disk (or the quota) is full. Nothing was acknowledged; the same append may be tried again when there is space.",
  GATELOG_SEGMENT_LOG_NO_ACCESS:
    "The operating system refuses access to the log's files, or the path is no directory. Check the path, and its owner, mode and mount.",
  GATELOG_SEGMENT_LOG_IO: "Reading or writing the log's files failed. The cause is attached; the same call may be tried again.",
  GATELOG_SEGMENT_LOG_POISONED:
    "An fsync failed, so nobody knows what is on the disk. This writer (or cursor) takes nothing any more: close it and open the log again, which starts a new segment.",
  GATELOG_SEGMENT_LOG_BUSY: "Too many bytes wait for the disk. Hold the source back and try again.",
  GATELOG_SEGMENT_LOG_CLOSED: "The log or the cursor was closed while the call was waiting, or before it.",
  GATELOG_SEGMENT_LOG_OFFSET: "A cursor was told to commit or to seek to an offset that the log does not have.",
} as const;

/** Code of an error of this library. */
export type SegmentLogErrorCode = keyof typeof errors;

/** Codes that mean: the same call would be refused again. All others are transient. */
const permanentCodes: ReadonlySet<SegmentLogErrorCode> = new Set([
  "GATELOG_SEGMENT_LOG_PAYLOAD_TOO_LARGE",
  "GATELOG_SEGMENT_LOG_NAME",
  "GATELOG_SEGMENT_LOG_OPTION",
  "GATELOG_SEGMENT_LOG_OFFSET",
]);

/** A DeliveryError from the table. `detail` is one clause that says what and where; the table says what to do. */
export function failure(code: SegmentLogErrorCode, detail: string, cause?: unknown): DeliveryError {
  return new DeliveryError(code, `${detail}. ${errors[code]}`, { permanent: permanentCodes.has(code), cause });
}

/** A failed system call as a DeliveryError, always transient: disk full, no access, or any other input/output error. */
export function systemFailure(error: unknown, what: string): DeliveryError {
  if (error instanceof DeliveryError) return error;
  return failure(codeOfSystemError(systemErrorCode(error)), `${what}: ${error instanceof Error ? error.message : String(error)}`, error);
}

/** Whether a failure of this library says that the disk, or the quota, is full. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof DeliveryError && error.code === ("GATELOG_SEGMENT_LOG_DISK_FULL" satisfies SegmentLogErrorCode);
}

/** `ENOENT` and the like, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

function codeOfSystemError(code: string | undefined): SegmentLogErrorCode {
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return "GATELOG_SEGMENT_LOG_DISK_FULL";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "EEXIST" || code === "ENOTDIR")
    return "GATELOG_SEGMENT_LOG_NO_ACCESS";
  return "GATELOG_SEGMENT_LOG_IO";
}
