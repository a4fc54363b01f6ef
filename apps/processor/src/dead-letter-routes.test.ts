import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HttpStore } from "./outputs/http-server.test-helper.ts";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "./processor.test-helper.ts";

vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let store: HttpStore;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
  store.answer = ({ ids }) => (ids.some(isOdd) ? { status: 422, body: "no odd ones" } : { status: 200 });
});

afterEach(async () => {
  await bench.close();
  await store.stop();
});

const isOdd = (id: string) => Number.parseInt(id.slice(-12), 16) % 2 === 1;
const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;
const config = () => ({ outputs: [{ http: { url: store.url }, as: "store" }, { file: { path: "./all.log", format: "raw" } }] });

/** A processor whose HTTP output has refused every other one of `count` events. */
async function withLetters(count: number, content = "Hello!"): Promise<RunningProcessor> {
  const processor = await bench.start(config());
  const frames = Array.from({ length: count }, (_, index) => beatsEvent(recordLine(index, { responseContent: content }), index));
  await bench.client(processor.beatsPort).send(frames);
  await waitFor(async () => (await processor.metric("dead_letters_total")) === count / 2, { deadlineMs: 60_000 });
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0);
  return processor;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask({ adminPort }: RunningProcessor, path: string, body?: unknown): Promise<Answer> {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, body === undefined ? {} : post);
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

async function idsListed(processor: RunningProcessor, query: string): Promise<{ ids: string[]; next: unknown }> {
  const { letters, next } = (await ask(processor, `/dead-letters?${query}`)).body as { letters: { id: string }[]; next: unknown };
  return { ids: letters.map(({ id }) => id), next };
}

it("dead letters are listed in pages, shown, replayed once by id and purged by the admin server while the processor runs", async () => {
  const processor = await withLetters(20);
  expect(await idsListed(processor, "limit=4")).toEqual({ ids: [1, 3, 5, 7].map(idOf), next: "4" });
  expect(await idsListed(processor, "limit=4&cursor=8")).toEqual({ ids: [17, 19].map(idOf), next: null });
  expect(await idsListed(processor, "output=elsewhere")).toEqual({ ids: [], next: null });
  const shown = await ask(processor, "/dead-letters/1");
  expect(shown.body).toMatchObject({ offset: 1, output: "store", id: idOf(3), reason: expect.stringContaining("no odd ones") });
  expect(shown.body["message"]).toContain(idOf(3));
  expect(await ask(processor, "/dead-letters/77")).toEqual({ status: 404, body: { error: "there is no dead letter 77" } });

  store.answer = ({ ids }) => (ids.includes(idOf(5)) ? { status: 422, body: "still not this one" } : { status: 200 });
  expect(await ask(processor, "/dead-letters/replay", { offsets: [1, 2] })).toMatchObject({
    status: 200,
    body: { kind: "replay", isRunning: false, replayed: 1, refused: 1, left: 0 },
  });
  expect(await ask(processor, "/dead-letters/purge", { offsets: [0] })).toMatchObject({ status: 200, body: { purged: 1 } });
  expect((await ask(processor, "/dead-letters/replay", { output: "store" })).body).toMatchObject({ replayed: 7, refused: 1 });
  expect((await ask(processor, "/dead-letters?")).body).toMatchObject({
    letters: [{ id: idOf(5), reason: expect.stringContaining("still not this one") }],
    next: null,
  });
  const expected = Array.from({ length: 20 }, (_, index) => idOf(index)).filter((id) => id !== idOf(1) && id !== idOf(5));
  expect([...store.stored].sort((one, other) => one.localeCompare(other))).toEqual(expected);
  expect(await processor.metric("dead_letters_settled_total", 'outcome="replayed"')).toBe(8);
});

it("what is asked wrongly is refused with a sentence, and nothing is done", async () => {
  const processor = await withLetters(2);
  const errorOf = async (path: string, body?: unknown) => {
    const { status, body: answer } = await ask(processor, path, body);
    return `${status} ${String(answer["error"])}`;
  };
  expect(await errorOf("/dead-letters/purge", {})).toMatch(/^400 say which letters to purge: /);
  expect(await errorOf("/dead-letters/purge", { outptu: "store" })).toMatch(/^400 .*unknown key "outptu", did you mean "output"\?$/);
  expect(await errorOf("/dead-letters/replay", { output: "nowhere" })).toBe(
    "409 there is no output nowhere; there are store, file-all.log",
  );
  expect(await errorOf("/dead-letters/replay", { output: "file-all.log" })).toMatch(
    /^409 .* writes into files, which this processor holds/,
  );
  expect(await errorOf("/dead-letters?limit=x")).toBe('400 limit: expected a number, found "x"');
  expect(await errorOf("/dead-letters?since=yesterday")).toMatch(/^400 since: expected a time such as/);
  expect(await idsListed(processor, "")).toEqual({ ids: [idOf(1)], next: null });
});

it("while a replay waits for its output, letters can be listed, another is refused, and the outputs go on; a stop ends it and keeps them", async () => {
  const processor = await withLetters(4);
  store.answer = ({ ids }) => (ids.some(isOdd) ? { status: 503 } : { status: 200 });
  const waiting = ask(processor, "/dead-letters/replay", { all: true });
  await waitFor(async () => (await ask(processor, "/dead-letters/job")).body?.["isRunning"] === true);
  expect((await ask(processor, "/dead-letters/purge", { all: true })).status).toBe(409);
  expect((await idsListed(processor, "")).ids).toHaveLength(2);
  await bench.client(processor.beatsPort).send([beatsEvent(recordLine(8), 8)]);
  await waitFor(() => store.stored.includes(idOf(8)));
  expect(await waiting).toMatchObject({ status: 202, body: { isRunning: true, replayed: 0 } });
  expect(await processor.process.stop()).toMatchObject({ code: 0 });
  const again = await bench.start(config());
  expect((await idsListed(again, "")).ids).toEqual([1, 3].map(idOf));
});

it("a replay that is killed half-way and asked for again brings every letter, once by id, and leaves none", async () => {
  // Of this size ten letters make a portion of a replay.
  const processor = await withLetters(30, "x".repeat(400_000));
  const first = store.stored.length;
  // Something of the second portion is taken by the server, and the processor is killed before it knows.
  store.answer = () => {
    if (store.stored.length >= first + 10) processor.process.child.kill("SIGKILL");
    return undefined;
  };
  await expect(ask(processor, "/dead-letters/replay", { all: true })).rejects.toThrow();
  store.answer = () => undefined;
  expect(store.stored.length).toBeGreaterThan(first + 10);
  const again = await bench.start(config());
  const { body } = await ask(again, "/dead-letters/replay", { all: true });
  expect(body).toMatchObject({ isRunning: false, refused: 0, left: 0 });
  expect(body["replayed"]).toBe(5);
  expect(new Set(store.stored).size).toBe(30);
  expect(await idsListed(again, "")).toEqual({ ids: [], next: null });
  expect((await ask(again, "/dead-letters/replay", { all: true })).body).toMatchObject({ replayed: 0 });
});
