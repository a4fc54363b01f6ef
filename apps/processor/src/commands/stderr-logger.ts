import { writeSync } from "node:fs";
import type { ReportsLogger } from "../reports.ts";

/** The log of a command: warnings and errors, a line each, on standard error, for standard output is what the command was asked for. */
export const stderrLogger: ReportsLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: tell,
  error: tell,
};

function tell(_about: unknown, message?: string): void {
  writeSync(2, `${message ?? "something went wrong"}\n`);
}
