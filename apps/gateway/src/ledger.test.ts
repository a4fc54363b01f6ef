import { parseLine, type Mark } from "@gatelog/log-record";
import { waitFor } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { Ledger } from "./ledger.ts";

function createLedger(intervalMs: number, inFlight: readonly number[] = []): { ledger: Ledger; marks: Mark[] } {
  const marks: Mark[] = [];
  const append = (line: string) => {
    const parsed = parseLine(line, { seedTimeZone: "UTC" });
    if (parsed.kind === "mark") marks.push(parsed.mark);
  };
  return {
    ledger: new Ledger({ gateway: "gw", boot: "b2", previous: { boot: "b1", seq: 9 }, intervalMs, inFlight: () => inFlight, append }),
    marks,
  };
}

describe("a ledger", () => {
  test("numbers arrivals and marks its start, with the boot before it, and its end", () => {
    const inFlight: number[] = [];
    const { ledger, marks } = createLedger(1_000_000, inFlight);
    ledger.start();
    expect([ledger.arrived(), ledger.arrived(), ledger.arrived()]).toEqual([1, 2, 3]);
    inFlight.push(1, 3);
    ledger.ended();
    expect(ledger.inFlight).toBe(2);
    ledger.close();
    const common = { v: 1, type: "mark", gateway: "gw", boot: "b2" };
    expect(marks).toEqual([
      { ...common, seq: 0, inFlight: [], closing: false, previous: { boot: "b1", seq: 9 } },
      { ...common, seq: 3, inFlight: [1, 3], closing: true },
    ]);
  });

  test("tells of calls whose clients left after their record soon, in one mark, each once", async () => {
    const { ledger, marks } = createLedger(1_000_000);
    ledger.start();
    for (let calls = 0; calls < 3; calls++) {
      ledger.arrived();
      ledger.ended();
    }
    ledger.aborted(3);
    ledger.aborted(1);
    await waitFor(() => marks.length === 2);
    ledger.aborted(2);
    ledger.close();
    expect(marks.map((mark) => [mark.seq, mark.closing, mark.aborted])).toEqual([
      [0, false, undefined],
      [3, false, [3, 1]],
      [3, true, [2]],
    ]);
  });

  test("tells of at most a thousand such calls in a mark", () => {
    const { ledger, marks } = createLedger(1_000_000);
    ledger.start();
    for (let seq = 1; seq <= 2500; seq++) ledger.aborted(ledger.arrived());
    ledger.close();
    expect(marks.map((mark) => mark.aborted?.length)).toEqual([undefined, 1000, 1000, 500]);
    expect(marks.flatMap((mark) => mark.aborted ?? [])).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
  });

  test("marks again only after something happened", async () => {
    const inFlight: number[] = [];
    const { ledger, marks } = createLedger(20, inFlight);
    ledger.start();
    inFlight.push(ledger.arrived());
    await waitFor(() => marks.length === 2);
    inFlight.pop();
    ledger.ended();
    await waitFor(() => marks.length === 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(marks.map((mark) => [mark.seq, mark.inFlight])).toEqual([
      [0, []],
      [1, [1]],
      [1, []],
    ]);
    ledger.close();
  });
});
