/* A program that reads, hands on and commits until it is killed. argv: directory, file to which it hands on. */
import { appendFileSync } from "node:fs";
import { systemClock } from "@gatelog/pipeline";
import { openCursor } from "../open-cursor.ts";

const [dir = "", output = ""] = process.argv.slice(2);
const say = (message: object) => process.send?.(message);

const cursor = await openCursor({ dir, name: "a", waitForLog: true, onEvent: (event) => say({ event }) });
say({ open: cursor.committed });

const stopping = new AbortController();
process.once("message", () => stopping.abort());

for (;;) {
  const { records, next } = await cursor.read({ recordsMax: 20, bytesMax: 64 * 1024, waitMsMax: 50 });
  // One write call: what is handed on is handed on whole, and before the commit.
  const lines = records.map((record) => `${record.offset} ${record.payload.toString().split(" ")[0]}\n`).join("");
  if (lines !== "") appendFileSync(output, lines);
  say({ handedOn: records.length });
  // As long as a database takes, so that there is always something to read and something not committed.
  if (!stopping.signal.aborted) await systemClock.sleep(10, stopping.signal);
  await cursor.commit(next);
  say({ committed: next });
  if (stopping.signal.aborted && records.length === 0) break;
}
await cursor.close();
process.disconnect();
