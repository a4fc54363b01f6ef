/** What rules see of a call that has ended. Everything is masked already: what is read ends in the record. */
export interface CallView {
  /** Status 400 and above, or a failure of the gateway. */
  readonly isFailed: boolean;
  /** Decoded text; empty: there was none; undefined: it was not kept, so that its absence says nothing. */
  readonly requestBody: string | undefined;
  /** The text ends before the body did. */
  readonly requestBodyIsCut: boolean;
  /** As requestBody. */
  readonly responseBody: string | undefined;
  readonly responseBodyIsCut: boolean;
  /** Without `?`. */
  readonly query: string | undefined;
  /** @param name in lower case */
  requestHeader(name: string): string | undefined;
  /** @param name in lower case */
  responseHeader(name: string): string | undefined;
}

/** The two halves of a call. */
export type Side = "request" | "response";
