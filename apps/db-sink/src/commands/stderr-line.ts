import { writeSync } from "node:fs";

/** A line on standard error: standard output is what a command was asked for. */
export function stderrLine(text: string): void {
  writeSync(2, `${text}\n`);
}
