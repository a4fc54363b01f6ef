import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { FileSet } from "./lines.ts";

/** What the program `read-limit` prints. */
export interface ReadLimitReport {
  readonly lines: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Measures how fast a Node program can read these files and find their lines, when it does nothing else. **Errors**: when it missed some. */
export function measureReadLimit(program: string, files: FileSet): ReadLimitReport {
  const paths = files.names.map((name) => join(files.directory, name));
  const run = spawnSync(process.execPath, [program, ...paths], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`the read limit could not be measured: ${run.stderr}`);
  const report = JSON.parse(run.stdout) as ReadLimitReport;
  if (report.lines !== files.lines) throw new Error(`the read limit counted ${report.lines} of ${files.lines} lines`);
  return report;
}
