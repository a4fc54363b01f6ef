import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Bench, beatsEvent, recordLine } from "./processor.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

/** Starts a processor that cannot start, and gives what it says and its exit code. */
async function refusal(overrides: Readonly<Record<string, unknown>>): Promise<{ code: number | null; text: string }> {
  const launched = bench.launch(overrides);
  const { code } = await launched.exited;
  const lines = launched.output().split("\n");
  return { code, text: lines.filter((line) => line.startsWith("gatelog processor:")).join("\n") };
}

const frames = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => beatsEvent(recordLine(from + index), from + index));

describe("starting", () => {
  it("says in one sentence that the port is taken, and exits 1", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, text } = await refusal({ inputs: [{ beats: { port } }] });
    await new Promise((resolve) => blocker.close(resolve));
    expect(code).toBe(1);
    expect(text).toMatch(new RegExp(`port ${port} on 127.0.0.1 is taken`));
    expect(text.split("\n")).toHaveLength(1);
  });

  it("says in one sentence that the buffer's directory cannot be written, and exits 1", async () => {
    writeFileSync(join(bench.dir, "buffer"), "a file");
    const { code, text } = await refusal({});
    expect(code).toBe(1);
    expect(text).toMatch(/buffer\.dir: cannot write in the directory/);
    expect(text.split("\n")).toHaveLength(1);
  });

  it("says in one sentence that another processor has the buffer, and exits 1; when that one is gone, it starts", async () => {
    const first = await bench.start();
    const { code, text } = await refusal({});
    expect(code).toBe(1);
    expect(text).toMatch(/another processor uses .*events; stop that one or give this one its own buffer\.dir/);
    await first.process.kill();
    await bench.start();
  });

  it("comes up while Kafka and Elasticsearch cannot be reached, not ready, with both reasons, and takes events", async () => {
    const kafka = `127.0.0.1:${await freePort()}`;
    const node = `http://127.0.0.1:${await freePort()}`;
    const processor = await bench.start({
      outputs: [{ topic: { kafka: { brokers: [kafka] }, name: "kerry" } }, { elasticsearch: { nodes: [node] } }],
    });
    await bench.client(processor.beatsPort).send(frames(0, 10));
    expect(await processor.metric("output_lag_events", "topic-kerry")).toBe(10);
    await waitFor(async () => {
      const { status, text } = await processor.readiness();
      return status === 503 && /topic-kerry.*ECONNREFUSED/.test(text) && /elasticsearch-gatelog/.test(text);
    });
    const startedMs = performance.now();
    processor.process.signal("SIGTERM");
    expect(await processor.process.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedMs).toBeLessThan(14_000);
  });

  it("does not start while the buffer holds events for an output that is no longer configured, unless they are given up", async () => {
    const kafka = [{ topic: { kafka: { brokers: [`127.0.0.1:${await freePort()}`] }, name: "gone" } }];
    const old = await bench.start({ outputs: kafka, drainMsMax: 100 });
    await bench.client(old.beatsPort).send(frames(0, 5));
    await old.process.stop();
    const { code, text } = await refusal({});
    expect(code).toBe(1);
    expect(text).toMatch(/holds 5 events for the output topic-gone/);
    const processor = await bench.start({ abandonedOutputs: ["topic-gone"] });
    const messages = await bench.collect();
    await bench.client(processor.beatsPort).send(frames(5, 10));
    await waitFor(() => messages.length >= 5);
    await processor.process.stop();
    expect(processor.process.output()).toContain("GATELOG_PROCESSOR_OUTPUT_REMOVED");
    // Once removed it is forgotten: the setting may go again.
    await bench.start();
  });

  it("forgets an output without a word where it has written everything", async () => {
    const first = await bench.start({ outputs: [{ topic: bench.topic }, { as: "copy", topic: { ...bench.topic, name: "copy" } }] });
    const messages = await bench.collect();
    await bench.client(first.beatsPort).send(frames(0, 3));
    await waitFor(() => messages.length === 3);
    expect(await first.process.stop()).toEqual({ code: 0, signal: null });
    await bench.start();
  });
});

describe("stopping and going on", () => {
  it("under load ends with exit 0, and every acknowledged event is in the topic", async () => {
    const processor = await bench.start();
    const client = bench.client(processor.beatsPort);
    let acknowledged = 0;
    const load = (async () => {
      for (let at = 0; ; at += 200) {
        await client.send(frames(at, at + 200));
        acknowledged = at + 200;
      }
    })().catch(() => undefined);
    await waitFor(() => acknowledged >= 2000);
    const exit = await processor.process.stop();
    client.close();
    await load;
    expect(exit).toEqual({ code: 0, signal: null });
    const messages = await bench.collect();
    await waitFor(() => new Set(messages.map(({ key }) => key)).size >= acknowledged);
  });

  it("leaves what its outputs could not write in the buffer, and writes it after the next start", async () => {
    const port = await freePort();
    const outputs = [{ topic: bench.topic }, { elasticsearch: { nodes: [`http://127.0.0.1:${port}`] } }];
    const first = await bench.start({ outputs, drainMsMax: 200 });
    await bench.client(first.beatsPort).send(frames(0, 20));
    expect(await first.process.stop()).toEqual({ code: 0, signal: null });
    const second = await bench.start({ outputs, drainMsMax: 200 });
    await waitFor(async () => (await second.metric("output_lag_events", "elasticsearch")) === 20);
    await waitFor(async () => (await second.metric("output_lag_events", "topic")) === 0);
  });

  it("holds its senders back when the buffer is full, without loss, and takes events again when there is space", async () => {
    const topic = { ...bench.topic, embedded: { ...bench.topic.embedded, bytesMax: 8 * 1024 * 1024 } };
    const processor = await bench.start({ outputs: [{ topic }], buffer: { dir: "./buffer", bytesMax: 16 * 1024 * 1024 } });
    const client = bench.client(processor.beatsPort);
    const filler = "x".repeat(100_000);
    let acknowledged = 0;
    const total = 400;
    const load = (async () => {
      for (let at = 0; at < total; at += 20) {
        await client.send(
          Array.from({ length: 20 }, (_, index) => beatsEvent(recordLine(at + index, { requestContent: filler }), at + index)),
        );
        acknowledged = at + 20;
      }
    })();
    await waitFor(async () => /it is full/.test((await processor.readiness()).text), { deadlineMs: 30_000 });
    const held = acknowledged;
    expect(held).toBeLessThan(total);
    expect(await processor.metric("buffer_bytes")).toBeLessThanOrEqual(17 * 1024 * 1024);
    const messages = await bench.collect();
    await load;
    expect(acknowledged).toBe(total);
    await waitFor(() => new Set(messages.map(({ key }) => key)).size === total, { deadlineMs: 30_000 });
    await waitFor(async () => (await processor.readiness()).status === 200);
  });
});
