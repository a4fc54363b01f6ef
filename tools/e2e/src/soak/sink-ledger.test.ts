import { expect, test } from "vitest";
import { SinkLedger } from "./sink-ledger.ts";
import { expectedRowOf, kindOf, numberOfSinkId, sinkIdOf, sinkMessageOf } from "./sink-records.ts";

test("what was acknowledged and is nowhere is missing, by its kind", () => {
  expect(new SinkLedger(20).figures()).toMatchObject({ acknowledged: 20, rowsMissing: 18, marksMissing: 1, deadLettersMissing: 1 });
});

test("a dead letter counts for what is refused, and anything else was invented", () => {
  const ledger = new SinkLedger(20);
  for (const number of [15, 15, 3]) ledger.noteDeadLetter(sinkIdOf(number));
  ledger.noteDeadLetter("no id");
  expect(ledger.figures()).toMatchObject({ deadLettersMissing: 0, deadLettersInvented: 2 });
});

test("a message is a function of its number, and every bad value becomes a row that says so", () => {
  for (let number = 7; number < 3300; number += 100) {
    expect(Buffer.compare(sinkMessageOf(number).value, sinkMessageOf(number).value)).toBe(0);
    expect(numberOfSinkId(sinkIdOf(number))).toBe(number);
    const { parse_error: error } = expectedRowOf(number);
    expect(error === null, `${kindOf(number)}: ${error}`).toBe(["huge", "utf8"].includes(kindOf(number)));
  }
});
