import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { call } from "./test/call.ts";
import { marksOf, recordsOf } from "./test/running-gateway.ts";
import { setUp, tearDown, upTo } from "./test/set-up.ts";
import { UnreliableDisk } from "./test/unreliable-disk.ts";

afterEach(tearDown);

const mebibyte = 1_048_576;

describe("a disk that is full", () => {
  test("first costs bodies, then refuses calls with 503, is never silent, and in the end every call has its record", async () => {
    const disk = new UnreliableDisk();
    const { gateway } = await setUp(undefined, { parts: { openFile: disk.open }, config: { log: { pendingBytesMax: mebibyte } } });
    const readiness = () => gateway.app.readiness().find((part) => part.name === "log");
    const metric = (name: string) => gateway.registry.getSingleMetricAsString(`gatelog_gateway_${name}`);
    const send = () => call(gateway, { method: "POST", headers: { "content-type": "text/plain" }, body: "x".repeat(60_000) });
    expect(readiness()).toMatchObject({ ready: true });
    disk.decide = () => "ENOSPC";

    const answers: number[] = [];
    while (answers.at(-1) !== 503 && answers.length < 3000) answers.push((await send()).status);
    expect(answers.at(-1)).toBe(503);
    expect(readiness()).toMatchObject({ ready: false, reason: expect.stringContaining("ENOSPC") });
    expect(await metric("log_bodies_shed_total")).not.toContain("_total 0");
    expect(gateway.messages.filter((message) => message.startsWith("error the log file cannot be written"))).toHaveLength(1);

    disk.decide = (length) => length;
    await waitFor(() => readiness()?.ready);
    expect((await send()).status).toBe(200);
    await gateway.stop();
    const lines = disk.taken.join("").split("\n").slice(0, -1);
    const records = recordsOf(lines);
    expect(records.map((record) => record.seq)).toEqual(upTo(answers.length + 1));
    expect(records.map((record) => record.status)).toEqual([...answers, 200]);
    const [first, last] = [records[0], records.at(-3)];
    expect(first).toMatchObject({ requestBytes: 60_000, requestContent: "x".repeat(60_000) });
    expect(last).toMatchObject({ requestBytes: 60_000, requestEncoding: "omitted" });
    expect(records.at(-2)).toMatchObject({ status: 503, error: { code: "GATELOG_GATEWAY_LOG_UNAVAILABLE" } });
    expect(marksOf(lines).at(-1)).toMatchObject({ closing: true, inFlight: [] });
    expect(await metric("log_records_dropped_total")).toContain("_total 0");
  });
});

describe("metrics", () => {
  test("count calls by project, route and status class, and what the gateway refused by its code", async () => {
    const { gateway } = await setUp();
    for (const path of ["/api", "/api", "/nowhere"]) await call(gateway, { path });
    await waitFor(() => gateway.records().length === 3);
    const text = await gateway.registry.metrics();
    expect(text).toContain('gatelog_gateway_calls_total{project="test",route="api",status_class="2xx"} 2');
    expect(text).toContain('gatelog_gateway_calls_total{project="",route="",status_class="4xx"} 1');
    expect(text).toContain('gatelog_gateway_calls_failed_total{code="GATELOG_GATEWAY_NO_ROUTE"} 1');
    expect(text).toContain('gatelog_gateway_call_duration_seconds_count{project="test",route="api"} 2');
    expect(text).toContain("gatelog_gateway_calls_in_flight 0");
    expect(text).toContain("gatelog_gateway_routes 1");
  });
});

describe("a record whose line is too long", () => {
  test("is cut to fit, and says so", async () => {
    const { gateway } = await setUp(undefined, { config: { log: { lineBytesMax: 4096 } } });
    await call(gateway, { method: "POST", headers: { "content-type": "text/plain" }, body: "\u0001日".repeat(5000) });
    await waitFor(() => gateway.records().length === 1);
    expect(gateway.lines().every((line) => Buffer.byteLength(line) <= 4096)).toBe(true);
    expect(gateway.records()[0]).toMatchObject({ requestBytes: 20_000, requestTruncated: true, responseTruncated: true });
  });
});
