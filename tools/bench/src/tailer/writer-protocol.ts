/** The live writer's only argument, as JSON. */
export interface LiveWriterOptions {
  /** Where it writes `app.log`, which it renames to `app.log.1`, `app.log.2` and so on. */
  readonly directory: string;
  /** Lines that it writes over and over, each with the time of its writing. */
  readonly poolFile: string;
  readonly linesPerSecond: number;
  readonly seconds: number;
  readonly rotateMs: number;
}

/** What the live writer did. */
export interface LiveWriterReport {
  readonly lines: number;
  readonly rotations: number;
  /** By how much it fell behind its schedule at worst: above some 20 ms the machine was too busy for the rate. */
  readonly lateMsMax: number;
}
