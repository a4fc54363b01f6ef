/** What the bulk loop's process is told, as JSON in its only argument. */
export interface BulkLoopOptions {
  readonly url: string;
  readonly index: string;
  readonly documents: number;
  /** Documents of one request. */
  readonly requestDocuments: number;
  readonly requestsAtOnce: number;
  /** The document, as JSON text on one line. */
  readonly body: string;
}

/** What it tells when it is done. */
export interface BulkLoopReport {
  readonly created: number;
  readonly seconds: number;
}
