import type { ServiceKitErrorCode } from "./errors.ts";

/** What a StartError is made with. */
export interface StartErrorOptions extends ErrorOptions {
  /** The configuration key that the reason lies in, e.g. `log.dir`; the message begins with it. */
  readonly key?: string;
}

/**
 * Why the app cannot start on this machine, in one sentence for the operator: what, where, what to do.
 *
 * **Guarantee**: runApp prints the message without a stack, behind the place of its key in the configuration, and exits 1. Never thrown for what a remote server says.
 */
export class StartError extends Error {
  override readonly name: string = "StartError";
  readonly code: ServiceKitErrorCode = "GATELOG_SERVICE_KIT_START";
  readonly key: string | undefined;

  constructor(message: string, { key, ...options }: StartErrorOptions = {}) {
    super(key === undefined ? message : `${key}: ${message}`, options);
    this.key = key;
  }
}

/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Keys and list indexes from the root, e.g. `["inputs", 0, "paths"]`. */
  readonly path: readonly (string | number)[];
  /** What is expected and what was found, e.g. `expected an integer of at least 1, found "ten"`. */
  readonly message: string;
}

/**
 * A configuration that is not valid: every problem, one line each.
 *
 * **Shape** of a line: `processor.yaml:7:13: buffer.bytesMax: expected an integer of at least 1 (bytes), found "10MB"`.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly code: ServiceKitErrorCode = "GATELOG_SERVICE_KIT_CONFIG";
  readonly lines: readonly string[];

  constructor(lines: readonly string[], cause?: unknown) {
    super(lines.join("\n"), cause === undefined ? undefined : { cause });
    this.lines = lines;
  }
}
