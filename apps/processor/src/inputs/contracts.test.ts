import { appendFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectRegistry } from "@gatelog/file-tail";
import { type Source, systemClock } from "@gatelog/pipeline";
import { checkSource, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { Registry } from "prom-client";
import { expect, it, vi } from "vitest";
import { createMetrics } from "../metrics.ts";
import { Reports } from "../reports.ts";
import { decodeEvent } from "../stored-event.ts";
import { FileInput } from "./file-input.ts";
import { HttpInput } from "./http-input.ts";
import type { Input, InputContext } from "./input.ts";

vi.setConfig({ testTimeout: 240_000 });

interface Item {
  readonly key: string;
}

/** An input as a source of the lines that would go into the buffer. */
function sourceOf(make: (context: InputContext) => Input): Source<Item> & { readonly port: () => number | undefined } {
  let input: Input | undefined;
  const logger = { info() {}, warn() {}, error() {}, debug() {} } as unknown as ConstructorParameters<typeof Reports>[0];
  return {
    port: () => input?.port,
    async start(deliver) {
      input = make({
        name: "input",
        key: "inputs[0]",
        seedTimeZone: "UTC",
        clock: systemClock,
        reports: new Reports(logger, createMetrics(new Registry())),
        givingUp: new AbortController().signal,
        isBufferFull: () => false,
        onEnd: () => undefined,
        intake:
          ({ fix }) =>
          (items) =>
            deliver(items.map((item) => ({ key: decodeEvent(fix(item).bytes)?.message ?? "" }))),
      });
      await input.start();
    },
    stop: async () => input?.stop(),
  };
}

it("the HTTP input keeps the contract of a source", async () => {
  const config = {
    host: "127.0.0.1",
    port: 0,
    path: "/",
    codec: "auto" as const,
    bodyBytesMax: 1_000_000,
    inFlightBytesMax: 2_000_000,
    connectionsMax: 100,
    requestTimeoutMs: 10_000,
    ackTimeoutMs: 10_000,
  };
  const reports = await checkSource<Item>({
    keyOf: ({ key }) => key,
    // Several senders send at once after a restart.
    ordered: false,
    makeSource: () => {
      const acknowledged: string[] = [];
      const underWay = new Set<Promise<boolean>>();
      const make = () => {
        const made = sourceOf((context) => new HttpInput(config, context));
        // What the server has answered by then, its client has yet to read.
        const stop = async () => {
          await made.stop();
          await Promise.allSettled(underWay);
        };
        return { ...made, stop };
      };
      let source = make();
      const post = async (part: readonly string[]) => {
        const port = source.port();
        if (port === undefined) return false;
        const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: part.join("\n") }).catch(() => undefined);
        if (answer?.status !== 200) return false;
        acknowledged.push(...part);
        return true;
      };
      const send = (part: readonly string[]) => {
        const sending = post(part);
        underWay.add(sending);
        return sending.finally(() => underWay.delete(sending));
      };
      const feed = async (keys: readonly string[]) => {
        for (let from = 0; from < keys.length; from += 7)
          await waitFor(() => send(keys.slice(from, from + 7)), { deadlineMs: 30_000, what: "a request that is answered with 200" });
      };
      return Promise.resolve({
        source,
        feed,
        acknowledged: () => Promise.resolve(acknowledged),
        restart: () => Promise.resolve((source = make())),
      });
    },
  });
  expect(reports).toHaveLength(4);
});

it("the file input keeps the contract of a source", async () => {
  const reports = await checkSource<Item>({
    keyOf: ({ key }) => key,
    ordered: false,
    outcomes: ["always", "mixed"],
    makeSource: async () => {
      const directory = await temporaryDirectory("gatelog-file-input-");
      const log = join(directory.path, "logs/app.log");
      const registryDir = join(directory.path, "registry");
      await mkdir(join(directory.path, "logs"));
      await appendFile(log, "");
      const config = {
        paths: [log],
        exclude: [],
        registryDir,
        codec: "line" as const,
        encoding: "utf-8" as const,
        startAt: "beginning" as const,
        lineBytesMax: 10_000,
        scanIntervalMs: 50,
      };
      const make = () => sourceOf((context) => new FileInput(config, context));
      return {
        source: make(),
        feed: (keys) => appendFile(log, keys.map((key) => `${key}\n`).join("")),
        acknowledged: () => acknowledgedLines(registryDir, log),
        restart: () => Promise.resolve(make()),
        close: () => directory.remove(),
      };
    },
  });
  expect(reports).toHaveLength(2);
});

async function acknowledgedLines(registryDir: string, log: string): Promise<string[]> {
  const states = await readdir(registryDir).catch(() => []);
  if (!states.some((name) => name.endsWith(".state"))) return [];
  const { entries } = await inspectRegistry(registryDir);
  const offset = entries.reduce((found, entry) => (entry.path === log ? entry.offset : found), 0);
  return (await readFile(log)).subarray(0, offset).toString().split("\n").slice(0, -1);
}
