// The plain read-and-split limit of Node: reads files in large pieces and looks for line ends, and does nothing with the lines.
import { closeSync, openSync, readSync } from "node:fs";
import type { ReadLimitReport } from "../read-limit.ts";

const readBytes = 256 * 1024;
const lineFeed = 0x0a;

const begin = process.hrtime.bigint();
const cpuBegin = process.cpuUsage();
let lines = 0;
for (const path of process.argv.slice(2)) lines += countLines(path);
const { user, system } = process.cpuUsage(cpuBegin);
const report: ReadLimitReport = {
  lines,
  seconds: Number(process.hrtime.bigint() - begin) / 1e9,
  cpuSeconds: (user + system) / 1e6,
};
process.stdout.write(JSON.stringify(report));

function countLines(path: string): number {
  const file = openSync(path, "r");
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  let count = 0;
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
    const bytes = buffer.subarray(0, read);
    for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  }
  closeSync(file);
  return count;
}
