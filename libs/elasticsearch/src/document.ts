/** Why a cluster refused a document. */
export interface Refusal {
  /** The cluster's error type, such as `mapper_parsing_exception`. */
  readonly code: string;
  readonly message: string;
}

/** One document to be created. */
export interface SearchDocument {
  /** `_id`; at most 512 bytes. */
  readonly id: string;
  /** `YYYY-MM-DD`: its index is `<prefix>-YYYY.MM.DD`, unless all go to one data stream. */
  readonly day: string;
  /** The document, or its JSON without a line end; asked for when its request is written. */
  readonly body: object | string;
  /** What is stored instead when the cluster refuses the body. */
  minimal(refusal: Refusal): object;
}

/** Where documents go: to the index of their day, or all to one data stream. */
export type BulkTarget =
  | {
      readonly indexPrefix: string;
      /** What stands behind the index's name on that day, such as `-g2` of a generation that is being built; by default nothing. */
      readonly suffixOf?: ((day: string) => string) | undefined;
    }
  | { readonly dataStream: string };

/** Index of a day. */
export function indexOf(prefix: string, day: string): string {
  return `${prefix}-${day.replaceAll("-", ".")}`;
}
