import type { Extra } from "./format.ts";
import type { Mark } from "./mark.ts";
import type { LogRecord } from "./schema.ts";

/** Who wrote a record's line: our gateway (`v1`), the original or our seed format (`seed`), or something of a version or make we don't know. */
export const lineForms = ["v1", "seed", "foreign"] as const;
export type LineForm = (typeof lineForms)[number];

/**
 * What a line turned out to be.
 *
 * A record that is not of our gateway has the fields that its line gave; the required ones it has not are `id: ""`, `gateway: ""`,
 * `boot: ""`, `seq: 0`, `requestTime: ""` (every store keeps nothing for these). `parseError` says in one sentence, without
 * quoting the line, what did not fit; the misfit value is in `extra` under its name.
 */
export type ParsedLine =
  | { readonly kind: "record"; readonly form: LineForm; readonly record: LogRecord; readonly extra?: Extra; readonly parseError?: string }
  | { readonly kind: "mark"; readonly mark: Mark }
  | { readonly kind: "unparsed"; readonly error: string; readonly raw: string };

/** How lines are read. */
export interface ReadOptions {
  /** IANA zone of times without an offset, as the seed's are. */
  readonly seedTimeZone: string;
}
