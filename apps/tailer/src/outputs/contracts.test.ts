import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkSink, temporaryDirectory } from "@gatelog/testkit";
import { expect, test } from "vitest";
import type { EncodedEvent } from "../event-encoder.ts";
import { FileSink } from "./file-sink.ts";

const items = Array.from({ length: 60 }, (_, index): EncodedEvent => {
  const id = `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;
  const event = { message: `line ${index}`, gatelog: { id } };
  const common = { id, time: "2026-11-23T08:00:00.000Z", type: "record", input: "a" } as const;
  return { ...common, line: Buffer.from(event.message), json: Buffer.from(JSON.stringify(event)) };
});

test("the file's sink keeps the delivery law", async () => {
  const reports = await checkSink<EncodedEvent>({
    items,
    keyOf: ({ id }) => id,
    ordered: true,
    makeSink: async () => {
      const directory = await temporaryDirectory();
      const path = join(directory.path, "lines");
      return {
        sink: new FileSink({ path, format: "event", rotateBytesMax: 1024 * 1024, filesMax: 2 }),
        stored: () => idsIn(path),
        close: () => directory.remove(),
      };
    },
  });
  expect(reports.map(({ outcome }) => outcome)).toEqual(["always", "transient", "permanent", "mixed"]);
});

async function idsIn(path: string): Promise<string[]> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { gatelog: { id: string } }).gatelog.id);
}
