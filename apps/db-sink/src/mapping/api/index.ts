// What `import … from "@gatelog/db-sink"` gives in a mapping.ts. It imports nothing, so that its types are one file beside the app.

/** A call as a mapping sees it. Times are ISO text in UTC; what the call has not is left out. */
export interface MappedRecord {
  readonly id: string;
  /** The UTC day of requestTime. */
  readonly eventDay: string;
  readonly v?: number;
  readonly requestTime?: string;
  readonly gateway?: string;
  readonly boot?: string;
  readonly seq?: number;
  readonly env?: string;
  readonly project?: string;
  readonly route?: string;
  readonly operation?: string;
  readonly caller?: string;
  readonly user?: string;
  readonly success?: boolean;
  readonly bizCode?: string;
  readonly bizMessage?: string;
  readonly bizKeys?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly responseTime?: string;
  readonly durationMs?: number;
  readonly upstreamMs?: number;
  readonly ttfbMs?: number;
  readonly status?: number;
  readonly method?: string;
  readonly url?: string;
  readonly path?: string;
  readonly query?: string;
  readonly clientIp?: string;
  readonly userAgent?: string;
  readonly referer?: string;
  readonly host?: string;
  readonly httpVersion?: string;
  readonly requestHeaders?: Readonly<Record<string, string | readonly string[]>>;
  readonly responseHeaders?: Readonly<Record<string, string | readonly string[]>>;
  readonly requestContent?: string;
  readonly responseContent?: string;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  readonly requestTruncated?: boolean;
  readonly responseTruncated?: boolean;
  readonly requestEncoding?: "text" | "base64" | "omitted";
  readonly responseEncoding?: "text" | "base64" | "omitted";
  readonly upstream?: string;
  readonly attempts?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly traceId?: string;
  readonly spanId?: string;
  readonly requestId?: string;
  readonly redacted?: readonly string[];
  /** Fields of the line that this version does not know. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What was wrong with the line, or what of it was mended. */
  readonly parseError?: string;
  /** The line as it came, where parseError is set. */
  readonly rawLine?: string;
}

/** What a column may be given. */
export type MappedValue = string | number | boolean | null | undefined | readonly unknown[] | { readonly [key: string]: unknown };

/** How a value becomes what the column holds. */
export interface ColumnOptions {
  /** Default: the field's own, else text. */
  readonly type?: "text" | "integer" | "real" | "boolean" | "timestamp" | "date" | "json";
  /** Characters that the column holds: longer text is cut on a character boundary, and flagged. */
  readonly maxLength?: number;
  /** Of a time: YYYY MM DD HH mm ss SSS Z, other letters in [brackets]. */
  readonly format?: string;
  /** Of `format` and of type date; default: the mapping's. */
  readonly timeZone?: string;
  /** Where there is no value, or it could not be made. */
  readonly default?: string | number | boolean;
}

/** A field, a function of the record, or one of the four ways with options. */
export type MappedColumn =
  | keyof MappedRecord
  | ((record: MappedRecord) => MappedValue)
  | (ColumnOptions &
      (
        | { readonly from: keyof MappedRecord }
        | { readonly value: string | number | boolean }
        | { readonly expression: string }
        | { readonly run: (record: MappedRecord) => MappedValue }
      ));

/** The same as mapping.yaml, where functions may stand as well. */
export interface Mapping {
  /** `api_log`, or `schema.api_log`. */
  readonly table: string;
  /** Columns of a unique key of the table; without one, only calls that are new to interface_log are written. */
  readonly key?: readonly string[];
  readonly onConflict?: "ignore" | "update";
  /** Which calls: an expression or a function; default all. */
  readonly when?: string | ((record: MappedRecord) => boolean);
  /** Of formats and dates; default UTC. */
  readonly timeZone?: string;
  readonly columns: Readonly<Record<string, MappedColumn>>;
}

/** Gives the mapping back as it is; here the compiler looks at it. */
export function defineMapping(mapping: Mapping): Mapping {
  return mapping;
}
