import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { LogFiles } from "./log-files.ts";
import { LogWriter } from "./log-writer.ts";
import { call } from "./test/call.ts";
import { readLines, recordsOf, type RunningGateway } from "./test/running-gateway.ts";
import { recordsWhen, setUp, tearDown, tracked, upTo } from "./test/set-up.ts";
import { mountSmallDisk } from "./test/small-disk.ts";

afterEach(tearDown);

const mebibyte = 1_048_576;
const post = (gateway: RunningGateway) =>
  call(gateway, { method: "POST", headers: { "content-type": "text/plain" }, body: "x".repeat(100) });
const logPart = (gateway: RunningGateway) => gateway.app.readiness().find((part) => part.name === "log");
const metricOf = (gateway: RunningGateway, name: string) => gateway.registry.getSingleMetricAsString(`gatelog_gateway_${name}`);

describe("a disk that runs short of room", () => {
  test("costs bodies below the floor and calls below half of it; each call has its record, and readiness says why", async () => {
    let freeBytes = 100 * mebibyte;
    const { gateway } = await setUp(undefined, { parts: { readFreeBytes: () => Promise.resolve(freeBytes) } });
    const said = (text: string) => gateway.messages.filter((message) => message.includes(text)).length;
    expect((await post(gateway)).status).toBe(200);
    expect(logPart(gateway)).toEqual({ name: "log", ready: true });

    freeBytes = 60 * mebibyte;
    await waitFor(() => logPart(gateway)?.ready === false);
    expect(logPart(gateway)).toMatchObject({
      reason: `the disk of log.dir has ${freeBytes} bytes free, log.freeBytesMin is ${64 * mebibyte}`,
    });
    expect((await post(gateway)).status).toBe(200);

    freeBytes = 30 * mebibyte;
    await waitFor(() => said("calls are refused") === 1);
    expect((await post(gateway)).status).toBe(503);

    freeBytes = 100 * mebibyte;
    await waitFor(() => logPart(gateway)?.ready === true);
    expect((await post(gateway)).status).toBe(200);
    const records = await recordsWhen(gateway, 4);
    expect(
      records.map(({ seq, status, requestContent, requestEncoding }) => [seq, status, requestContent?.length, requestEncoding]),
    ).toEqual([
      [1, 200, 100, undefined],
      [2, 200, undefined, "omitted"],
      [3, 503, undefined, "omitted"],
      [4, 200, 100, undefined],
    ]);
    expect(records[2]?.error?.code).toBe("GATELOG_GATEWAY_LOG_UNAVAILABLE");
    expect([said("records go without bodies"), said("calls are refused"), said("has room again")]).toEqual([1, 1, 1]);
    expect(await metricOf(gateway, "log_space_changes_total")).toContain('pressure="refuse"} 1');
    expect(await metricOf(gateway, "log_disk_free_bytes")).toContain(String(freeBytes));
  });

  test("is noticed at the start", async () => {
    const { gateway } = await setUp(undefined, { parts: { readFreeBytes: () => Promise.resolve(0) } });
    expect((await post(gateway)).status).toBe(503);
    expect(await recordsWhen(gateway, 1)).toMatchObject([{ status: 503 }]);
  });
});

describe("a real disk that is full", () => {
  test("holds lines and those who wait for them back until it has room, and then has all of them", async (context) => {
    const disk = mountSmallDisk(1);
    if (disk === undefined) {
      context.skip();
      return;
    }
    tracked(disk);
    const files = new LogFiles({ dir: disk.path, gateway: "gw", boot: "20261123080000a1b200" });
    const writer = new LogWriter({
      files,
      rotateBytesMax: mebibyte,
      pendingBytesMax: 4 * mebibyte,
      clock: systemClock,
      onEvent: () => undefined,
    });
    await writer.start();
    disk.fill(100_000);
    const told: string[] = [];
    const lines = upTo(300).map((number) => `line ${number} ${"x".repeat(1000)}`);
    for (const line of lines) expect(writer.appendDurable(line, () => told.push(line))).toBe(true);
    await waitFor(() => writer.failure !== undefined);
    expect(writer.failure).toMatchObject({ code: "ENOSPC" });
    expect(told.length).toBeLessThan(lines.length);
    disk.empty();
    await waitFor(() => told.length === lines.length);
    await writer.stop(AbortSignal.timeout(5000));
    expect(readLines(disk.path)).toEqual(lines);
    expect(told).toEqual(lines);
  });

  test("makes the gateway refuse calls before it is full, and take them again when there is room", async (context) => {
    const disk = mountSmallDisk(8);
    if (disk === undefined) {
      context.skip();
      return;
    }
    tracked(disk);
    const { gateway } = await setUp(undefined, { config: { log: { dir: join(disk.path, "logs"), freeBytesMin: 4 * mebibyte } } });
    const logDirectory = join(disk.path, "logs");
    expect((await post(gateway)).status).toBe(200);
    disk.fill(mebibyte);
    await waitFor(async () => (await post(gateway)).status === 503);
    expect(logPart(gateway)).toMatchObject({ ready: false, reason: expect.stringContaining("log.freeBytesMin is 4194304") });
    disk.empty();
    await waitFor(async () => (await post(gateway)).status === 200);
    await gateway.stop();
    const records = recordsOf(readLines(logDirectory));
    expect(records.map((record) => record.seq).toSorted((a, b) => a - b)).toEqual(upTo(records.length));
    expect(new Set(records.map((record) => record.status))).toEqual(new Set([200, 503]));
  });
});
