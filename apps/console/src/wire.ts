/** What the API sends and the page reads: the record's own field names, all but the first block optional. */

/** Header values as stored: one string, or several where the header came more than once. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Whether a body is text as it was, base64, or was left out. Absent means text. */
export type WireEncoding = "text" | "base64" | "omitted";

/** A record without headers; in a list its bodies are their first 200 characters. Times are ISO 8601 in UTC (`Z`), sizes bytes, durations milliseconds. */
export interface RecordSummary {
  readonly day: string;
  readonly id: string;
  readonly requestTime?: string;
  readonly responseTime?: string;
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
  readonly requestContent?: string;
  readonly responseContent?: string;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  readonly requestTruncated?: boolean;
  readonly responseTruncated?: boolean;
  readonly requestEncoding?: WireEncoding;
  readonly responseEncoding?: WireEncoding;
  readonly upstream?: string;
  readonly attempts?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly traceId?: string;
  readonly spanId?: string;
  readonly requestId?: string;
  readonly redacted?: readonly string[];
  readonly parseError?: string;
  readonly storedAt?: string;
  /** In a list: a body goes on, or may go on, after what is given here. */
  readonly contentCut?: boolean;
}

/** One record whole: `GET /api/records/{day}/{id}`. */
export interface RecordDetail extends RecordSummary {
  readonly requestHeaders?: WireHeaders;
  readonly responseHeaders?: WireHeaders;
  /** Fields that this version does not know. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The line as it was read, only where it could not be parsed or was repaired. */
  readonly rawLine?: string;
  /** False where headers and bodies were never there, or are gone before the rest. */
  readonly hasBody?: boolean;
}

/** `GET /api/records`: newest first. `nextCursor` is null on the last page. */
export interface RecordPage {
  readonly total: number;
  /** False when counting was stopped at a bound: then there are at least `total`. */
  readonly totalIsExact: boolean;
  readonly nextCursor: string | null;
  readonly records: readonly RecordSummary[];
}

/** How a stage answered when it was last asked. */
export type StageState = "ready" | "notReady" | "unreachable";

/** One stage of the pipeline, in data-flow order; `store` is the console's own database. */
export interface StageHealth {
  readonly name: string;
  readonly state: StageState;
  /** Why not ready, in the stage's own words. */
  readonly reasons: readonly string[];
}

/** `GET /api/about`. */
export interface About {
  readonly version: string;
  /** Where calls enter, for the page's first hint. */
  readonly gatewayUrl: string;
}

/** A named search of the page: `search` is the URL's query string without `?`. */
export interface SavedSearch {
  readonly name: string;
  readonly search: string;
}

/** Every answer that is not 2xx. */
export interface WireError {
  readonly error: { readonly code: string; readonly message: string };
}
