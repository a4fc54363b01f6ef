/* A program that appends until it is killed. argv: directory, name of this life. Says each acknowledged record to its parent. */
import { openSegmentLog } from "../open-segment-log.ts";

const [dir = "", life = ""] = process.argv.slice(2);
const say = (message: object) => process.send?.(message);

const log = await openSegmentLog({
  dir,
  cursors: ["a"],
  segmentBytesMax: 64 * 1024,
  bytesMax: 1024 * 1024,
  onEvent: (event) => say({ event }),
});
say({ open: log.endOffset });

const stopping = new AbortController();
process.once("message", () => stopping.abort());

async function appendForEver(lane: number): Promise<void> {
  for (let number = 0; !stopping.signal.aborted; number += 1) {
    const ids = Array.from({ length: 1 + (number % 7) }, (_, index) => `${life}:${lane}:${number}:${index}`);
    say({ tried: ids.length });
    await log.append(ids.map((id) => Buffer.from(`${id} ${"x".repeat((number * 37) % 700)}`)));
    say({ acknowledged: ids });
  }
}

await Promise.all([0, 1, 2, 3].map(appendForEver));
await log.close();
process.disconnect();
