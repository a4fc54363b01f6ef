/** Every error code of this library: what it means, and what to do. The reference page is generated from it. */
export const errors = {
  GATELOG_FILE_TAIL_LOCKED:
    "Another process uses the registry directory. Run one tailer per registry; give a second one its own registryDir.",
  GATELOG_FILE_TAIL_REGISTRY_DIRECTORY: "The registry directory cannot be created, read or written. Correct its owner, mode or disk.",
  GATELOG_FILE_TAIL_REGISTRY_VERSION: "The registry was written by a newer gatelog. Run that version, or start with an empty registryDir.",
  GATELOG_FILE_TAIL_REGISTRY_WRITE:
    "The registry could not be written. Nothing is lost; what was sent since is sent again with the same ids after a crash. Free the disk.",
  GATELOG_FILE_TAIL_PATTERN: "A path pattern cannot be used. Give an absolute path or glob.",
  GATELOG_FILE_TAIL_LINES:
    "The options of how lines are read do not fit together, or a pattern in them cannot be compiled. Correct the option that is named.",
} as const;

export type FileTailErrorCode = keyof typeof errors;

/** A failure that the owner has to know of. */
export class FileTailError extends Error {
  override readonly name = "FileTailError";
  readonly code: FileTailErrorCode;

  constructor(code: FileTailErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The system's code of a failed call (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
