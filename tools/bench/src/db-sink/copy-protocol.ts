/** What the program gets, as a file of JSON. */
export interface CopyOptions {
  readonly url: string;
  /** Of prepareCopy. */
  readonly file: string;
  /** One for each table, in the order of the file. */
  readonly statements: readonly string[];
}
