import { appendFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deliver } from "@gatelog/pipeline";
import { checkSource, temporaryDirectory } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { createFileTail } from "./file-tail.ts";
import { fastLimits } from "./fixture.test-helper.ts";
import { decodeRegistry } from "./registry-decoder.ts";
import type { TailLine } from "./types.ts";

/** Lines of the file that the registry's newest state on disk takes for delivered. */
async function acknowledgedLines(registryDir: string, log: string): Promise<string[]> {
  const states = (await readdir(registryDir)).filter((name) => name.endsWith(".state")).sort((a, b) => a.localeCompare(b));
  const newest = states.at(-1);
  if (newest === undefined) return [];
  const { entries } = decodeRegistry(await readFile(join(registryDir, newest)));
  const offset = [...entries.values()].reduce((found, entry) => (entry.path === log ? entry.offset : found), 0);
  return (await readFile(log)).subarray(0, offset).toString().split("\n").slice(0, -1);
}

// With several batches under way, one that is tried again comes after the next one.
test.each([
  [1, true],
  [3, false],
])(
  "the tail with %i deliveries at once keeps the contract of a source, in order: %s",
  async (deliveriesMax, ordered) => {
    const reports = await checkSource({
      ordered,
      keyOf: (line) => Buffer.from(line.bytes).toString(),
      makeSource: async () => {
        const directory = await temporaryDirectory("gatelog-tail-contract-");
        const logs = join(directory.path, "logs");
        const registryDir = join(directory.path, "registry");
        const log = join(logs, "app.log");
        await mkdir(logs);
        await mkdir(registryDir);
        await appendFile(log, "");
        const make = () => {
          const tail = createFileTail({
            inputs: [{ id: "test", paths: [join(logs, "*.log")] }],
            registryDir,
            limits: { ...fastLimits, batchLinesMax: 11, deliveriesMax },
          });
          return { start: (deliver: Deliver<TailLine>) => tail.start((batch) => deliver(batch.toLines())), stop: () => tail.stop() };
        };
        return {
          source: make(),
          feed: (keys) => appendFile(log, keys.map((key) => `${key}\n`).join("")),
          acknowledged: () => acknowledgedLines(registryDir, log),
          restart: () => Promise.resolve(make()),
          close: () => directory.remove(),
        };
      },
    });
    expect(reports).toHaveLength(4);
  },
  120_000,
);
