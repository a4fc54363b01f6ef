import { createWriteStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { checkSink, temporaryDirectory } from "@gatelog/testkit";
import { expect, it } from "vitest";
import type { HttpOutputConfig } from "../config.ts";
import { eventOf } from "../filters/filters.test-helper.ts";
import { recordLine } from "../processor.test-helper.ts";
import type { WorkEvent } from "../work-event.ts";
import { FileSink } from "./file-sink.ts";
import { HttpStore } from "./http-server.test-helper.ts";
import { HttpSink } from "./http-sink.ts";
import { StdoutSink } from "./stdout-sink.ts";

const items = Array.from({ length: 60 }, (_, index) =>
  eventOf(recordLine(index), { team: "a" }, `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`),
);
const keyOf = ({ id }: WorkEvent) => id;
const idsIn = (text: string) => text.match(/(?<="gatelog":\{"id":")[^"]+/g) ?? [];

it.each(["ndjson", "json"] as const)(
  "the http sink (%s) keeps the delivery law, also while the server is away",
  { timeout: 120_000 },
  async (format) => {
    const refuses = (id: string) => /[37]$/.test(id);
    const reports = await checkSink<WorkEvent>({
      items,
      keyOf,
      ordered: true,
      refusedByStore: ({ id }) => refuses(id),
      makeSink: async () => {
        const store = await new HttpStore().start();
        store.answer = ({ ids }) => (ids.some(refuses) ? { status: 422, body: "not such an event" } : undefined);
        const config: HttpOutputConfig = {
          url: store.url,
          format,
          headers: {},
          compressionLevel: 1,
          requestEventsMax: 4,
          requestBytesMax: 1_000_000,
          requestTimeoutMs: 5_000,
        };
        return {
          sink: new HttpSink(config, { clock: systemClock }),
          stored: () => Promise.resolve(store.stored),
          breakStore: async () => {
            await store.stop();
            return async () => void (await store.start());
          },
          close: () => store.stop(),
        };
      },
    });
    expect(reports.map(({ outcome }) => outcome)).toEqual(["always", "transient", "permanent", "mixed"]);
  },
);

it.each(["event", "raw"] as const)("the file sink (%s) keeps the delivery law", { timeout: 120_000 }, async (format) => {
  await checkSink<WorkEvent>({
    items,
    keyOf,
    ordered: true,
    makeSink: async () => {
      const directory = await temporaryDirectory();
      const path = join(directory.path, "out", "events.ndjson");
      // The raw lines have the ids of their events.
      const pattern = format === "raw" ? /(?<="id":")[^"]+/g : /(?<="gatelog":\{"id":")[^"]+/g;
      return {
        sink: new FileSink({ path, format, rotateBytesMax: 4096, filesMax: 60 }, "outputs[0].file"),
        stored: async () => (await rotated(path)).match(pattern) ?? [],
        close: () => directory.remove(),
      };
    },
  });
});

/** All of a rotated file, the oldest part first. */
async function rotated(path: string): Promise<string> {
  const names = await readdir(join(path, ".."));
  const numberOf = (name: string) => Number(name.split(".")[2] ?? 0);
  const parts = names.toSorted((a, b) => numberOf(b) - numberOf(a)).map((name) => readFile(join(path, "..", name), "utf8"));
  return (await Promise.all(parts)).join("");
}

it("the stdout sink keeps the delivery law", { timeout: 120_000 }, async () => {
  await checkSink<WorkEvent>({
    items,
    keyOf,
    ordered: true,
    makeSink: async () => {
      const directory = await temporaryDirectory();
      const path = join(directory.path, "stdout");
      const stream = createWriteStream(path);
      return {
        sink: new StdoutSink(stream, "event"),
        stored: async () => idsIn(await readFile(path, "utf8")),
        close: async () => {
          await new Promise<void>((resolve) => stream.end(resolve));
          await directory.remove();
        },
      };
    },
  });
});
