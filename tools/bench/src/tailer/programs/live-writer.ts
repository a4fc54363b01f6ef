// A process of its own that writes lines at a constant rate and rotates its file by renaming it, as a service with logrotate does.
import { closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findSentAt, writeSentAt } from "../sent-at.ts";
import type { LiveWriterOptions, LiveWriterReport } from "../writer-protocol.ts";

const lineFeed = 0x0a;
const tickMs = 5;

const options = JSON.parse(process.argv[2] ?? "{}") as LiveWriterOptions;
const path = join(options.directory, "app.log");
const pool = splitLines(readFileSync(options.poolFile));
const wanted = options.linesPerSecond * options.seconds;
const report = await writeAll();
process.send?.(report, undefined, undefined, () => process.disconnect());

async function writeAll(): Promise<LiveWriterReport> {
  const beginMs = performance.now();
  let file = openSync(path, "a");
  let written = 0;
  let rotations = 0;
  let latestMs = 0;
  while (written < wanted) {
    const elapsedMs = performance.now() - beginMs;
    const due = Math.min(wanted, Math.floor((elapsedMs / 1000) * options.linesPerSecond));
    latestMs = Math.max(latestMs, ((due - written) / options.linesPerSecond) * 1000 - tickMs);
    const mustRotate = elapsedMs >= (rotations + 1) * options.rotateMs;
    if (mustRotate) renameSync(path, `${path}.${rotations + 1}`);
    // Also after the renaming: a service writes on into the renamed file until it opens the new one.
    if (due > written) writeDue(file, written, due);
    written = due;
    if (mustRotate) {
      closeSync(file);
      file = openSync(path, "a");
      rotations += 1;
    }
    await sleep(tickMs);
  }
  closeSync(file);
  return { lines: written, rotations, lateMsMax: Math.round(latestMs) };
}

/** Writes the lines of this tick at once, each with the time of now. */
function writeDue(file: number, from: number, to: number): void {
  const lines = Array.from({ length: to - from }, (_, index) => pool[(from + index) % pool.length] as Buffer);
  const now = Date.now();
  for (const line of lines) writeSentAt(line, findSentAt(line, 0, line.length), now);
  const bytes = Buffer.concat(lines);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** With their line ends. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, begin)) {
    lines.push(bytes.subarray(begin, end + 1));
    begin = end + 1;
  }
  return lines;
}
