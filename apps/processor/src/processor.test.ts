import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { waitFor } from "@gatelog/testkit";
import { Bench, beatsEvent, markLine, recordLine } from "./processor.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString();

describe("the processor", () => {
  it("hands a line on to the topic byte for byte, with the record's own id and its time", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    const line = recordLine(1, { requestContent: '{"title":"segmentFault《日志平台(网关层)》"}', extra: { "\u2028": "\u{1F600}" } });
    await bench.client(processor.beatsPort).send([beatsEvent(line, 0)]);
    await waitFor(() => messages.length === 1);
    expect(textOf(messages[0]!)).toBe(line);
    expect(messages[0]?.key).toBe("0199a1b2-c3d4-7000-8000-000000000001");
    expect(messages[0]?.headers).toEqual({
      "gatelog-id": "0199a1b2-c3d4-7000-8000-000000000001",
      "gatelog-time": "2026-11-23T08:00:00.123Z",
      "gatelog-type": "record",
    });
  });

  it("carries the identity that an earlier stage fixed, also against what the line says", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    const gatelog = { id: "01890a5d-ac96-8b7a-bb5e-6a1f2c3d4e5f", time: "2026-01-02T03:04:05.678Z" };
    await bench
      .client(processor.beatsPort)
      .send([beatsEvent("not a record", 0, { gatelog }), beatsEvent(recordLine(2), 9, { gatelog: { id: "no uuid" } })]);
    await waitFor(() => messages.length === 2);
    expect(messages[0]?.headers).toMatchObject({ "gatelog-id": gatelog.id, "gatelog-time": gatelog.time });
    expect(messages[1]?.headers).toMatchObject({
      "gatelog-id": "0199a1b2-c3d4-7000-8000-000000000002",
      "gatelog-time": "2026-11-23T08:00:00.123Z",
    });
  });

  it("marks the messages of ledger marks", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    await bench.client(processor.beatsPort).send([beatsEvent(markLine(7), 0), beatsEvent(recordLine(1), 100)]);
    await waitFor(() => messages.length === 2);
    expect(messages.map(({ headers }) => headers["gatelog-type"])).toEqual(["mark", "record"]);
    expect(textOf(messages[0]!)).toBe(markLine(7));
  });
});

describe("a foreign sender", () => {
  it("is disconnected without a warning when it has nothing to send, with one when it does not finish what it began", async () => {
    const processor = await bench.start({ logLevel: "debug", inputs: [{ beats: { port: 0, inactivityTimeoutMs: 100 } }] });
    const connectTo = () => connect({ port: processor.beatsPort, host: "127.0.0.1" }).resume();
    connectTo();
    const log = () => processor.process.output();
    await waitFor(() => log().includes("an idle sender was disconnected"));
    expect(log()).toMatch(/"level":20[^\n]*"reason":"nothing was sent for 100 ms"[^\n]*an idle sender/);
    expect(log()).not.toContain('"level":40');
    connectTo().write(Buffer.from("2W\0\0\0\u0002"));
    await waitFor(() => log().includes("a sender was disconnected"));
    expect(log()).toMatch(/"level":40[^\n]*GATELOG_LUMBERJACK_SLOW/);
  });

  it("gets one id for an event however often it sends it, and another one for every other place", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    const client = bench.client(processor.beatsPort);
    const frames = [beatsEvent("10.0.0.1 GET /a", 0), beatsEvent("10.0.0.1 GET /a", 16)];
    await client.send(frames);
    await client.send(frames);
    await waitFor(() => messages.length === 4);
    const ids = messages.map(({ key }) => key);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(2);
  });

  it("may send what is no JSON or has no message: it is kept as a line, and counted", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    const odd = [Buffer.from("{ not json \u0000"), Buffer.from('{"nothing":"to say"}'), Buffer.from([0xff, 0xfe])];
    await bench.client(processor.beatsPort).send([odd[0]!, beatsEvent("good", 1), odd[1]!, odd[2]!]);
    await waitFor(() => messages.length === 4);
    expect([0, 2, 3].map((index) => Buffer.from(messages[index]?.value ?? []))).toEqual(odd);
    expect(await processor.metric("frames_without_line_total")).toBe(3);
    expect(await processor.metric("events_received_total")).toBe(4);
    expect(processor.process.output()).toContain("GATELOG_PROCESSOR_NO_LINE");
  });

  it("may send a line that is far over the limit: it is delivered and counted", async () => {
    const processor = await bench.start();
    const messages = await bench.collect();
    const line = "日".repeat(1_000_000);
    await bench.client(processor.beatsPort).send([beatsEvent(line, 0)]);
    await waitFor(() => messages.length === 1);
    expect(textOf(messages[0]!)).toBe(line);
    expect(await processor.metric("lines_overlong_total")).toBe(1);
  });
});

describe("the values of a topic", () => {
  it("are the seed's seven fields, without marks, for value seed", async () => {
    const processor = await bench.start({ outputs: [{ topic: { ...bench.topic, value: "seed" } }], seedTimeZone: "Asia/Shanghai" });
    const messages = await bench.collect();
    await bench.client(processor.beatsPort).send([beatsEvent(markLine(1), 0), beatsEvent(recordLine(1), 1), beatsEvent("no record", 2)]);
    await waitFor(() => messages.length === 2);
    expect(JSON.parse(textOf(messages[0]!))).toEqual({
      status: "200",
      requestTime: "2026-11-23 16:00:00",
      responseTime: expect.any(String) as unknown,
      requestURL: "http://127.0.0.1:9000/springboot-demo/hello",
      method: "/springboot-demo/hello",
      requestContent: expect.any(String) as unknown,
      responseContent: "Hello!Spring boot!",
    });
    expect(textOf(messages[1]!)).toBe("no record");
  });

  it("are the whole envelope with the fixed identity for value event", async () => {
    const processor = await bench.start({ outputs: [{ topic: { ...bench.topic, value: "event" } }] });
    const messages = await bench.collect();
    await bench.client(processor.beatsPort).send([beatsEvent(recordLine(1), 7, { fields: { dc: "sh" } })]);
    await waitFor(() => messages.length === 1);
    expect(JSON.parse(textOf(messages[0]!))).toMatchObject({
      message: recordLine(1),
      gatelog: { id: "0199a1b2-c3d4-7000-8000-000000000001", time: "2026-11-23T08:00:00.123Z", type: "record" },
      fields: { dc: "sh" },
      log: { offset: 7, file: { path: "/var/log/gateway.log" } },
      agent: { id: "4b4a" },
    });
  });
});
