import { Buffer } from "node:buffer";
import type { ServerOptions } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { type Clock, type DeliveryError, type PartialDeliveryError, systemClock } from "@gatelog/pipeline";
import { certificateAuthority } from "@gatelog/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpOutputConfig } from "../config.ts";
import { eventOf } from "../filters/filters.test-helper.ts";
import { recordLine } from "../processor.test-helper.ts";
import type { WorkEvent } from "../work-event.ts";
import { type Answer, HttpStore } from "./http-server.test-helper.ts";
import { HttpSink } from "./http-sink.ts";
import type { OutputTls } from "./output-tls.ts";

const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).toReversed()) await part.stop();
});

const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;
const events = (count: number): WorkEvent[] =>
  Array.from({ length: count }, (_, index) => eventOf(recordLine(index), { fields: { team: "日志" } }, idOf(index)));

async function open(
  overrides: Partial<HttpOutputConfig> = {},
  { answer, server, tls, clock = systemClock }: { answer?: Answer; server?: ServerOptions; tls?: OutputTls; clock?: Clock } = {},
): Promise<{ store: HttpStore; sink: HttpSink }> {
  const store = await new HttpStore(server).start();
  if (answer !== undefined) store.answer = answer;
  const config: HttpOutputConfig = {
    url: store.url,
    format: "ndjson",
    headers: {},
    compressionLevel: 0,
    requestEventsMax: 1000,
    requestBytesMax: 1_000_000,
    requestTimeoutMs: 5_000,
    ...overrides,
  };
  const sink = new HttpSink(config, { clock, tls });
  opened.push(store, sink);
  await sink.start();
  return { store, sink };
}

const failureOf = (writing: Promise<void>) =>
  writing.then(
    () => expect.unreachable("it was taken"),
    (error: unknown) => error as DeliveryError,
  );

describe("the http output", () => {
  it("posts events as lines of JSON, with the identity that was fixed", async () => {
    const { store, sink } = await open({ headers: { "x-team": "a" }, auth: { bearer: "token" } });
    await sink.write(events(2));
    const [request] = store.requests;
    expect(request?.headers).toMatchObject({ "content-type": "application/x-ndjson", "x-team": "a", authorization: "Bearer token" });
    const lines = (request?.body ?? "").split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1] ?? "")).toEqual({
      message: recordLine(1),
      gatelog: { id: idOf(1), time: "2026-11-23T08:00:00.123Z", type: "record" },
      fields: { team: "日志" },
    });
  });

  it("posts lists of JSON, compressed, with a login", async () => {
    const basic = { username: "名", password: "p:w" };
    const { store, sink } = await open({ format: "json", compressionLevel: 6, auth: { basic } });
    await sink.write(events(3));
    const [request] = store.requests;
    expect(request?.headers).toMatchObject({ "content-type": "application/json", "content-encoding": "gzip" });
    expect(Buffer.from(request?.headers.authorization?.slice("Basic ".length) ?? "", "base64").toString()).toBe("名:p:w");
    expect((JSON.parse(request?.body ?? "") as unknown[]).length).toBe(3);
  });

  it("bounds a request by events and by bytes, and sends a larger event alone", async () => {
    const byEvents = await open({ requestEventsMax: 4 });
    await byEvents.sink.write(events(10));
    expect(byEvents.store.requests.map(({ ids }) => ids.length)).toEqual([4, 4, 2]);
    const byBytes = await open({ requestBytesMax: 1024 });
    await byBytes.sink.write([...events(2), eventOf("x".repeat(5000), {}, idOf(2)), ...events(5).slice(3)]);
    expect(byBytes.store.requests.map(({ ids }) => ids)).toEqual([[idOf(0), idOf(1)], [idOf(2)], [idOf(3), idOf(4)]]);
  });

  it.each([401, 403, 404, 408, 429, 500, 503, 302])("takes %d for something that passes", async (status) => {
    const { sink } = await open({}, { answer: () => ({ status, body: "not\n now" }) });
    const failure = await failureOf(sink.write(events(2)));
    expect(failure).toMatchObject({ permanent: false, code: "GATELOG_PROCESSOR_OUTPUT_HTTP_FAILED" });
    expect(failure.message).toMatch(new RegExp(`answers ${status}: not now$`));
  });

  it("finds the one event that is refused, and sends nothing twice that was taken", async () => {
    const answer: Answer = ({ ids }) => (ids.includes(idOf(5)) ? { status: 400, body: "no such field" } : undefined);
    const { store, sink } = await open({ requestEventsMax: 4 }, { answer });
    const failure = (await failureOf(sink.write(events(10)))) as PartialDeliveryError<WorkEvent>;
    expect(failure.rejected.map(({ item }) => item.id)).toEqual([idOf(5)]);
    expect(failure.rejected[0]?.error).toMatchObject({ permanent: true, code: "GATELOG_PROCESSOR_OUTPUT_HTTP_REFUSED" });
    expect(failure.rejected[0]?.error.message).toMatch(/refuses it with 400: no such field$/);
    expect(failure.undelivered).toEqual([]);
    expect(store.stored).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9].map(idOf));
  });

  it("asks a server that refuses everything for a few events only, and leaves the rest for later", async () => {
    const { store, sink } = await open({}, { answer: () => ({ status: 422 }) });
    const failure = (await failureOf(sink.write(events(500)))) as PartialDeliveryError<WorkEvent>;
    expect(failure.rejected).toHaveLength(10);
    expect(failure.undelivered).toHaveLength(490);
    expect(store.requests.length).toBeLessThan(40);
  });

  it("makes requests smaller where they are too large, and an event that is too large alone is refused", async () => {
    const answer: Answer = ({ body }) => (body.length > 2000 ? { status: 413 } : undefined);
    const { store, sink } = await open({}, { answer });
    await sink.write(events(20));
    expect(store.stored).toEqual(events(20).map(({ id }) => id));
    const before = store.requests.length;
    await sink.write(events(20));
    expect(store.requests.slice(before).every(({ body }) => body.length <= 4000)).toBe(true);
    const failure = await failureOf(sink.write([eventOf("x".repeat(3000))]));
    expect((failure as PartialDeliveryError<WorkEvent>).rejected[0]?.error).toMatchObject({ permanent: true });
  });

  it("keeps to Retry-After", async () => {
    const sleeps: number[] = [];
    const clock: Clock = { now: () => Date.parse("2026-11-26T10:00:00Z"), monotonicMs: () => 0, sleep: async (ms) => void sleeps.push(ms) };
    const answers = ["7", "Thu, 26 Nov 2026 10:00:30 GMT", "99999", "soon"].map((after) => ({
      status: 429,
      headers: { "retry-after": after },
    }));
    const { sink } = await open({}, { clock, answer: () => answers.shift() });
    for (const _ of Array.from({ length: 4 })) await failureOf(sink.write(events(1)));
    await sink.write(events(1));
    expect(sleeps).toEqual([7_000, 30_000, 300_000]);
  });

  it("gives up on a server that does not answer in time", async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    opened.push({ stop: () => new Promise((resolve) => void silent.close(() => resolve())) });
    const { sink } = await open({ requestTimeoutMs: 100, url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/` });
    const failure = await failureOf(sink.write(events(1)));
    expect(failure).toMatchObject({ permanent: false, code: "GATELOG_PROCESSOR_OUTPUT_HTTP_UNREACHABLE" });
    expect(failure.message).toMatch(/no answer within 100 ms$/);
  });

  it("says that nobody listens, gives up at once when it is told to, and goes on when it can", async () => {
    const { store, sink } = await open();
    await store.stop();
    expect((await failureOf(sink.write(events(1)))).message).toMatch(/cannot be reached: .*ECONNREFUSED/);
    await store.start();
    const giveUp = new AbortController();
    giveUp.abort();
    expect((await failureOf(sink.write(events(1), giveUp.signal))).message).toMatch(/it was given up$/);
    await sink.write(events(1));
    expect(store.stored).toEqual([idOf(0)]);
  });

  it("speaks TLS both ways, with an authority of its own", async () => {
    const authority = certificateAuthority("servers");
    const clients = certificateAuthority("clients");
    const { certificate, key } = authority.issue("server");
    const server = { cert: certificate, key, ca: clients.certificate, requestCert: true, rejectUnauthorized: true };
    const own = clients.issue("gatelog");
    const material = { ca: authority.certificate, cert: Buffer.from(own.certificate), key: Buffer.from(own.key) };
    const rest = { verification: "full", minVersion: "TLSv1.2" } as const;
    const good = await open({}, { server, tls: { ...rest, material: () => material } });
    await good.sink.write(events(1));
    expect(good.store.stored).toEqual([idOf(0)]);
    const stranger = await open({}, { server, tls: { ...rest, material: () => ({ ca: authority.certificate }) } });
    expect(await failureOf(stranger.sink.write(events(1)))).toMatchObject({ permanent: false });
    const distrustful = await open({}, { server, tls: { ...rest, material: () => ({ ...material, ca: clients.certificate }) } });
    expect((await failureOf(distrustful.sink.write(events(1)))).message).toMatch(/certificate/);
  });
});
