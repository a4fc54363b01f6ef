import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { SeededRandom } from "@gatelog/testkit";

/** How the log is rotated; every line that was written stands in a file that the patterns match, in every moment but within a copy. */
type Rotation = "rename" | "copytruncate" | "compress";

/** A writer of numbered lines and its logrotate. All that it does is done between two turns of the event loop. */
export class SoakWriter {
  readonly lines: string[] = [];
  readonly rotations: Record<Rotation, number> = { rename: 0, copytruncate: 0, compress: 0 };
  readonly #directory: string;
  readonly #random: SeededRandom;
  readonly #log: string;
  #rotated = 0;
  /** The end of a line whose beginning is in the file. */
  #rest = "";

  constructor(directory: string, random: SeededRandom) {
    this.#directory = directory;
    this.#random = random;
    this.#log = join(directory, "app.log");
  }

  /** Appends some lines, the last of them perhaps in part. */
  write(count: number): void {
    let text = this.#rest;
    this.#rest = "";
    for (let index = 0; index < count; index += 1) text += `${this.#newLine()}\n`;
    if (this.#random.next() < 0.2) {
      const line = `${this.#newLine()}\n`;
      const at = this.#random.integer(1, line.length - 1);
      text += line.slice(0, at);
      this.#rest = line.slice(at);
    }
    appendFileSync(this.#log, text);
  }

  /** Completes the line that was begun. */
  finishLine(): void {
    appendFileSync(this.#log, this.#rest);
    this.#rest = "";
  }

  rotate(): void {
    this.finishLine();
    const kind = this.#random.pick(["rename", "rename", "copytruncate", "compress"] as const);
    if (kind === "compress") return this.#compress();
    if (!existsSync(this.#log)) return;
    this.#rotated += 1;
    this.rotations[kind] += 1;
    const rotated = join(this.#directory, `app.log.${this.#rotated}`);
    if (kind === "rename") return renameSync(this.#log, rotated);
    copyFileSync(this.#log, rotated);
    truncateSync(this.#log);
  }

  /** As gzip does it: the compressed file is whole before the other one goes. */
  #compress(): void {
    const path = join(this.#directory, `app.log.${this.#random.integer(Math.max(1, this.#rotated - 3), Math.max(1, this.#rotated))}`);
    if (!existsSync(path)) return;
    this.rotations.compress += 1;
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
  }

  #newLine(): string {
    const line = `line ${this.lines.length} ${"日x".repeat(this.#random.integer(0, 60))}`;
    this.lines.push(line);
    return line;
  }
}
