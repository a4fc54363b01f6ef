import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "@gatelog/testkit";
import { Bench, beatsEvent, markLine, recordLine } from "./processor.test-helper.ts";

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
