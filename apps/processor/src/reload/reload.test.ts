import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HttpStore } from "../outputs/http-server.test-helper.ts";
import { Bench, beatsEvent, type RunningProcessor } from "../processor.test-helper.ts";
import { changedKeys } from "./config-diff.ts";

vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let store: HttpStore;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
});

afterEach(async () => {
  await bench.close();
  await store.stop();
});

const config = (filters: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  admin: { port: 0 },
  inputs: [{ beats: { port: 0 } }],
  buffer: { dir: "./buffer" },
  reload: { intervalMs: 100 },
  filters,
  outputs: [{ http: { url: store.url }, as: "store" }],
  ...more,
});

const tagged = (value: string) => [{ set: { fields: { "fields.pipeline": value } } }];

function replaceConfig(text: string): void {
  const file = join(bench.dir, "processor.yaml");
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const change = (filters: unknown, more: Readonly<Record<string, unknown>> = {}) => replaceConfig(JSON.stringify(config(filters, more)));

async function reloads(processor: RunningProcessor, result: string): Promise<number> {
  return processor.metric("config_reloads_total", `result="${result}"`);
}

async function note(processor: RunningProcessor): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${processor.adminPort}/readyz`);
  const { parts } = (await response.json()) as { parts: { name: string; reason?: string }[] };
  return `${response.status} ${parts.find(({ name }) => name === "configuration")?.reason ?? "-"}`;
}

/** What each event says which pipeline it went through, by id. */
function pipelines(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { body } of store.requests)
    for (const line of body.trimEnd().split("\n")) {
      const { gatelog, fields } = JSON.parse(line) as { gatelog: { id: string }; fields?: { pipeline?: string } };
      found.set(gatelog.id, [...(found.get(gatelog.id) ?? []), fields?.pipeline ?? "-"]);
    }
  return found;
}

it("filters that change under load are swapped without losing or doubling an event, and each event went through one of them", async () => {
  const processor = await bench.start(config(tagged("p0")));
  const client = bench.client(processor.beatsPort);
  let sent = 0;
  const send = () => client.send(Array.from({ length: 20 }, () => beatsEvent(`line ${sent}`, sent++)));
  await send();
  for (const pipeline of ["p1", "p2", "p3", "p4"]) {
    const before = await reloads(processor, "applied");
    change(tagged(pipeline));
    while ((await reloads(processor, "applied")) === before) await send();
  }
  await client.send([beatsEvent("the last", sent++)]);
  await waitFor(() => store.stored.length >= sent);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0);
  const found = [...pipelines().values()];
  expect(found).toHaveLength(sent);
  expect(found.filter((ways) => ways.length !== 1 || !/^p[0-4]$/.test(ways[0] ?? ""))).toEqual([]);
  expect(new Set(found.flat()).has("p4")).toBe(true);
  expect((await processor.process.stop()).code).toBe(0);
});

it("a broken file is refused with its sentence, leaves the processor ready with the filters before, and the mended one is taken", async () => {
  const processor = await bench.start(config(tagged("old")));
  const client = bench.client(processor.beatsPort);
  replaceConfig("filters: [");
  await waitFor(async () => (await reloads(processor, "refused")) === 1);
  expect(await note(processor)).toMatch(/^200 the changed file cannot be used, .*processor\.yaml:1/);
  change([{ grok: { match: 7 } }]);
  await waitFor(async () => (await reloads(processor, "refused")) === 2);
  expect(await note(processor)).toMatch(/^200 .*filters/);
  change([{ translate: { field: "message", target: "fields.x", table: "./missing.yaml" } }]);
  await waitFor(async () => (await reloads(processor, "refused")) === 3);
  await client.send([beatsEvent("one", 1)]);
  await waitFor(() => store.stored.length === 1);
  expect([...pipelines().values()]).toEqual([["old"]]);
  change(tagged("new"));
  await waitFor(async () => (await reloads(processor, "applied")) === 1);
  expect(await note(processor)).toBe("200 -");
  await client.send([beatsEvent("two", 2)]);
  await waitFor(() => store.stored.length === 2);
  expect([...pipelines().values()]).toEqual([["old"], ["new"]]);
});

it("an output's condition and the filters are taken up at SIGHUP, what else changed waits for a restart and is named", async () => {
  const quiet = { reload: { watch: false } };
  const processor = await bench.start(config(tagged("old"), quiet));
  change(tagged("new"), {
    ...quiet,
    buffer: { dir: "./buffer", bytesMax: 33_554_432 },
    outputs: [{ http: { url: store.url, format: "json" }, as: "store", when: { field: "message", contains: "wanted" } }],
  });
  processor.process.child.kill("SIGHUP");
  await waitFor(async () => (await reloads(processor, "applied")) === 1);
  expect(await note(processor)).toBe("200 these changes wait for a restart: outputs[0].http.format, buffer.bytesMax");
  await bench.client(processor.beatsPort).send([beatsEvent("nothing", 1), beatsEvent("wanted", 2)]);
  await waitFor(() => store.stored.length === 1);
  expect([...pipelines().values()]).toEqual([["new"]]);
  expect(processor.process.output()).toContain("GATELOG_PROCESSOR_CONFIG_WAITS");
});

it("a file that a pipeline.ts imports is loaded again when it changes, and again when it is mended", async () => {
  const rules = join(bench.dir, "rules.ts");
  writeFileSync(rules, `export const pipeline: string = "old";\n`);
  const processor = await bench.start(`
    import { beats, definePipeline, httpOutput, set } from "@gatelog/processor";
    import { pipeline } from "./rules.ts";
    export default definePipeline({
      admin: { port: 0 },
      inputs: [beats({ port: 0 })],
      filters: [set({ fields: { "fields.pipeline": pipeline } })],
      outputs: [httpOutput({ url: ${JSON.stringify(store.url)} }, { as: "store" })],
      buffer: { dir: "./buffer" },
      reload: { intervalMs: 100 },
    });
  `);
  writeFileSync(rules, `export const pipeline: string = ;\n`);
  await waitFor(async () => (await reloads(processor, "refused")) === 1);
  expect(await note(processor)).toMatch(/^200 .*rules\.ts:1/);
  writeFileSync(rules, `export const pipeline: string = "new";\n`);
  await waitFor(async () => (await reloads(processor, "applied")) === 1);
  await bench.client(processor.beatsPort).send([beatsEvent("one", 1)]);
  await waitFor(() => store.stored.length === 1);
  expect([...pipelines().values()]).toEqual([["new"]]);
});

it("differences are told as keys, functions by their text", () => {
  const make = () => (event: unknown) => event;
  const before = { a: { b: 1, when: make() }, list: [1, { c: 2 }], gone: true };
  expect(changedKeys(before, { a: { b: 1, when: make() }, list: [1, { c: 2 }], gone: true })).toEqual([]);
  expect(changedKeys(before, { a: { b: 2, when: () => 1 }, list: [1, { c: 3 }], more: [] })).toEqual([
    "a.b",
    "a.when",
    "list[1].c",
    "gone",
    "more",
  ]);
  expect(changedKeys({ list: [1] }, { list: [1, 2] })).toEqual(["list"]);
});
