import { expect, test } from "vitest";
import { type EventPlace, frameOf, idOf, lineOf, placeOfId, placeOfLine } from "./processor-events.ts";
import { ProcessorLedger } from "./processor-ledger.ts";

const derivedId = "4f0c2c31-0000-5000-8000-000000000001";
const places: readonly EventPlace[] = [0, 1, 2].map((number) => ({ sender: 1, number }));

function message(place: EventPlace, id = idOf(place) ?? derivedId, key = id) {
  return { key: Buffer.from(key), value: Buffer.from(lineOf(place)), headers: { "gatelog-id": Buffer.from(id) } };
}

/** A ledger in which everything is in order so far. */
function wholeLedger(): ProcessorLedger {
  const ledger = new ProcessorLedger([0, places.length]);
  for (const place of places) ledger.noteMessage(message(place));
  for (const place of places) ledger.noteDocument(idOf(place) ?? derivedId, false);
  return ledger;
}

const nothing = {
  missingInKafka: 0,
  inventedInKafka: 0,
  wrongIdsInKafka: 0,
  missingInElasticsearch: 0,
  doubledInElasticsearch: 0,
  inventedInElasticsearch: 0,
  minimalInElasticsearch: 0,
};

test("an event's line and its given id lead back to it, and another line does not", () => {
  for (const place of places) {
    expect(placeOfLine(lineOf(place))).toEqual(place);
    expect(placeOfLine(`${lineOf(place)} `)).toBeUndefined();
    const id = idOf(place);
    if (id !== undefined) expect(placeOfId(id)).toEqual(place);
    expect(frameOf(place).includes("message")).toBe(true);
  }
  expect(places.map((place) => idOf(place) === undefined)).toEqual([false, false, true]);
});

test("nothing is wrong where each event is in both stores; repeats in Kafka are counted alone", () => {
  const ledger = wholeLedger();
  for (const place of places) ledger.noteMessage(message(place));
  expect(ledger.figures()).toEqual({ ...nothing, acknowledged: 3, kafkaRepeats: 3 });
});

test("what is missing, doubled, invented, minimal or under another id is found", () => {
  expect(new ProcessorLedger([0, 3]).figures()).toMatchObject({ missingInKafka: 3, missingInElasticsearch: 3 });
  const [record, , derived] = places as [EventPlace, EventPlace, EventPlace];
  const cases: readonly [(ledger: ProcessorLedger) => void, object][] = [
    [(ledger) => ledger.noteDocument(derivedId, true), { doubledInElasticsearch: 1, minimalInElasticsearch: 1 }],
    [(ledger) => ledger.noteDocument("4f0c2c31-0000-5000-8000-000000000002", false), { inventedInElasticsearch: 1 }],
    [(ledger) => ledger.noteMessage({ ...message(record), value: Buffer.from("soak-1-0") }), { inventedInKafka: 1 }],
    [(ledger) => ledger.noteMessage(message({ sender: 1, number: 3 })), { inventedInKafka: 1 }],
    [(ledger) => ledger.noteMessage(message(record, derivedId)), { wrongIdsInKafka: 1 }],
    [(ledger) => ledger.noteMessage(message(record, idOf(record), "another key")), { wrongIdsInKafka: 1 }],
    [(ledger) => ledger.noteMessage(message(derived, "4f0c2c31-0000-5000-8000-000000000003")), { wrongIdsInKafka: 1 }],
  ];
  for (const [happens, found] of cases) {
    const ledger = wholeLedger();
    happens(ledger);
    expect(ledger.figures()).toMatchObject({ ...nothing, ...found });
  }
});
