import { closeSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";

const lineFeed = 0x0a;
const chunkBytes = 1 << 20;
/** How a line begins that the gateway writes on its own account. */
const markBegin = Buffer.from('{"v":1,"type":"mark"');

/** Counts the records that a candidate adds to the log files of a directory. */
export class RecordCounter {
  /** How far each file was read; up to there it ended with a line end. */
  readonly #read = new Map<string, number>();
  #count = 0;
  #last = "";

  readonly directory: string;
  readonly #isLog: (name: string) => boolean;

  constructor(directory: string, isLog: (name: string) => boolean) {
    this.directory = directory;
    this.#isLog = isLog;
  }

  /** All records so far, those of removed files included. */
  count(): number {
    for (const name of this.#names()) this.#readOn(name);
    return this.#count;
  }

  /** The newest record's line. */
  get last(): string {
    return this.#last;
  }

  /** Removes the files that are no longer written, so that a long bench does not fill the disk. Call `count` before. */
  removeFinished(): void {
    const newest = new Map<string, number>();
    const numbered = this.#names().flatMap((name) => {
      const [, series = "", n = ""] = /^(.*)-(\d+)\.log$/.exec(name) ?? [];
      if (n === "") return [];
      newest.set(series, Math.max(newest.get(series) ?? 0, Number(n)));
      return [{ name, series, n: Number(n) }];
    });
    for (const { name, series, n } of numbered) if (n < (newest.get(series) ?? 0)) rmSync(join(this.directory, name));
  }

  #names(): string[] {
    return readdirSync(this.directory).filter(this.#isLog);
  }

  #readOn(name: string): void {
    const file = openSync(join(this.directory, name), "r");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let rest = Buffer.alloc(0);
    let at = this.#read.get(name) ?? 0;
    for (let read = readSync(file, chunk, 0, chunkBytes, at); read > 0; read = readSync(file, chunk, 0, chunkBytes, at)) {
      at += read;
      const bytes = rest.length === 0 ? chunk.subarray(0, read) : Buffer.concat([rest, chunk.subarray(0, read)]);
      rest = Buffer.from(bytes.subarray(this.#countLines(bytes)));
    }
    closeSync(file);
    this.#read.set(name, at - rest.length);
  }

  /** Returns where the last line ends. */
  #countLines(bytes: Buffer): number {
    let begin = 0;
    let last: [number, number] = [0, 0];
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, begin)) {
      if (bytes.compare(markBegin, 0, markBegin.length, begin, Math.min(end, begin + markBegin.length)) !== 0) {
        this.#count += 1;
        last = [begin, end];
      }
      begin = end + 1;
    }
    if (last[1] !== 0) this.#last = bytes.toString("utf8", ...last);
    return begin;
  }
}
