// Run as a process that a test kills: appends numbered lines, 20 of them awaited at any time, and says each once it is durable.
// Usage: durable-writer.ts <dir> <boot>
import { writeSync } from "node:fs";
import { systemClock } from "@gatelog/pipeline";
import { LogFiles } from "../log-files.ts";
import { LogWriter } from "../log-writer.ts";

const awaitedAtOnce = 20;
const [dir = "", boot = ""] = process.argv.slice(2);
const writer = new LogWriter({
  files: new LogFiles({ dir, gateway: "gw", boot }),
  rotateBytesMax: 20_000,
  pendingBytesMax: 1_000_000,
  clock: systemClock,
  onEvent: () => undefined,
});
await writer.start();
let number = 0;

function next(): void {
  const line = `${boot} ${++number} end`;
  writer.append(`plain ${number}`);
  writer.appendDurable(line, () => {
    writeSync(1, `${line}\n`);
    next();
  });
}

for (let client = 0; client < awaitedAtOnce; client++) next();
