import { describe, expect, it } from "vitest";
import { recordLine } from "../processor.test-helper.ts";
import { type ChainTap, timedDistance } from "./chain.ts";
import { chainOf, eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

describe("the filters of an output", () => {
  it("parse nothing for an output that needs the line alone", () => {
    const event = eventOf(recordLine(1));
    const { events } = runFilters(["parseRecord", "ecs"], [event], { needs: [] });
    expect(events).toEqual([event]);
    expect(event.parsed).toBeUndefined();
  });

  it("parse, but make no document, for an output that needs the record", () => {
    const { events } = runFilters(["parseRecord", "ecs"], [eventOf(recordLine(1))], { needs: ["parsed"] });
    expect(events[0]?.record).toMatchObject({ seq: 1 });
    expect(events[0]?.document).toBeUndefined();
  });

  it("make the document with what it is made of, and keep the event's own values", () => {
    const event = eventOf(recordLine(1), { a: 1 });
    const { events } = runFilters(["parseRecord", "ecs"], [event]);
    expect(events[0]?.document).toMatchObject({ "@timestamp": event.time, event: { id: event.id } });
    expect(event.fields).toEqual({ a: 1 });
    expect(event.fieldsJson).toBe('{"a":1}');
  });

  it("make a document of a line that is no record, too", () => {
    const { events, failures } = runFilters(["parseRecord", "ecs"], [eventOf("\u0000 no record")]);
    expect(events[0]?.document).toMatchObject({ event: { original: expect.stringContaining("no record") as unknown } });
    expect(failures).toEqual([]);
  });

  it("fail on an event whose tags are no texts as on any other", () => {
    const { events } = runFilters([{ json: {} }, { addTag: { tags: ["seen"] } }], [eventOf("no json", { tags: [{ toString: 1 }, "own"] })]);
    expect(events[0]?.tags).toEqual(["own", "_jsonparsefailure", "seen"]);
  });

  it("drop for every output, also for one that needs the line alone", () => {
    const filters = ["parseRecord", { drop: {}, when: { field: "record.seq", lt: 3 } }, "ecs"];
    const events = [1, 2, 3, 4].map((seq) => eventOf(recordLine(seq)));
    expect(runFilters(filters, events, { needs: [] }).events.map(({ record }) => record?.seq)).toEqual([3, 4]);
  });
});

describe("a condition", () => {
  it.each([
    [{ field: "a.b", equals: 5 }, true],
    [{ field: "a.b", equals: "5" }, true],
    [{ field: "[a][b]", in: [1, 5] }, true],
    [{ field: "a.b", gt: 4, lte: 5 }, true],
    [{ field: "a.b", gt: 5 }, false],
    [{ field: "a.c", exists: false }, true],
    [{ field: "a.c", equals: null }, false],
    [{ field: "a.c.d", exists: true }, false],
    [{ field: "message", matches: "^GET /" }, true],
    [{ field: "message", contains: "POST" }, false],
    [{ field: "tags", contains: "two" }, true],
    [{ not: { field: "tags", contains: "two" } }, false],
    [
      {
        all: [
          { field: "type", equals: "record" },
          {
            any: [
              { field: "a.b", lt: 0 },
              { field: "a.b", gte: 5 },
            ],
          },
        ],
      },
      true,
    ],
    [(event: { readonly message: string }) => event.message.length === 6, true],
  ])("%j is %s", (when, isMet) => {
    expect(filtered([{ drop: {}, when }], "GET /a", { a: { b: 5 }, tags: ["one", "two"] }) === undefined).toBe(isMet);
  });

  it("leads to one branch or the other", () => {
    const filters = [
      { when: { field: "message", equals: "a" }, do: ["drop"], else: [{ when: { field: "message", equals: "b" }, do: ["drop"] }] },
    ];
    const { events } = runFilters(
      filters,
      ["a", "b", "c"].map((line) => eventOf(line)),
    );
    expect(events.map(({ message }) => message)).toEqual(["c"]);
  });

  it("that is code and fails tags the event, which goes on", () => {
    const when = () => {
      throw new Error("no such customer");
    };
    const { events, failures } = runFilters([{ drop: {}, when }], [eventOf("a")]);
    expect(events[0]?.tags).toEqual(["_whenfailure"]);
    expect(events[0]?.failures).toEqual(["when: no such customer"]);
    expect(failures).toEqual(["when: no such customer"]);
  });

  it("that is code and does not end is ended, for that event alone", () => {
    const when = ({ message }: { readonly message: string }) => {
      for (let end = message !== "slow"; !end; end = message === "");
      return message === "drop";
    };
    const events = ["a", "slow", "drop", "b"].map((line) => eventOf(line));
    const run = runFilters([{ drop: {}, when }], events, { eventMsMax: 50 });
    expect(run.events.map(({ message }) => message)).toEqual(["a", "slow", "b"]);
    expect(run.failures).toEqual(["when: took longer than 50 ms for an event"]);
    expect(run.events[1]?.tags).toEqual(["_whenfailure"]);
  });
});

describe("filters that are not valid", () => {
  it.each([
    [["parseRecrd"], /^filters\.0\.parseRecrd: there is no filter "parseRecrd", did you mean "parseRecord"\?$/],
    [[{ drop: { wehn: 1 } }], /^filters\.0\.drop\.wehn: unknown key "wehn"/],
    [[{ drop: {}, ecs: {} }], /^filters\.0: expected one filter/],
    [[5], /^filters\.0: expected a filter, such as/],
    ["drop", /^filters: expected a list of filters$/],
    [[{ drop: {}, as: "x y" }], /^filters\.0\.as: expected a name/],
    [
      [
        { drop: {}, as: "one" },
        { ecs: {}, as: "one" },
      ],
      /^filters\.1\.as: two filters are named one/,
    ],
    [[{ drop: {}, when: { field: "a" } }], /^filters\.0\.when: says nothing of a: add one of equals/],
    [[{ drop: {}, when: { field: "a", eqals: 1 } }], /^filters\.0\.when\.eqals: unknown key "eqals", valid are: field, equals/],
    [[{ drop: {}, when: { field: "a", matches: "(" } }], /^filters\.0\.when\.matches: "\(" is no regular expression/],
    [[{ drop: {}, when: { field: "a..b", exists: true } }], /^filters\.0\.when\.field: "a\.\.b" is no field/],
    [[{ when: { all: [] }, do: ["drop"], otherwise: [] }], /^filters\.0\.otherwise: unknown key "otherwise"/],
    [[{ when: { all: [] }, do: ["drop"] }], /^filters\.0\.when\.all: expected a list of conditions$/],
    [[{ when: { field: "__proto__.a", exists: true }, do: [] }], /__proto__ is not allowed/],
  ])("%j: one sentence with its place", (filters, sentence) => {
    expect(problemsOf(filters)[0]).toMatch(sentence);
  });
});

describe("what is counted of a node", () => {
  const countsOf = (filters: unknown, lines: readonly string[], eventMsMax = 1000) => {
    const chain = chainOf(filters, { eventMsMax });
    for (const line of lines) chain.run([eventOf(line)]);
    chain.close();
    return Object.fromEntries(chain.allNodes().map(({ name, counts }) => [name, counts]));
  };

  it("is how many events came to it, were dropped and failed there, also within conditions", () => {
    const fails = () => {
      throw new Error("no");
    };
    const filters = [
      { when: { field: "message", equals: "a" }, do: ["drop"], else: [{ script: { run: fails }, as: "mine" }] },
      { set: { fields: { b: 1 } } },
    ];
    const counts = countsOf(filters, ["a", "b", "c"]);
    expect(counts).toMatchObject({
      when: { in: 3, dropped: 1, failed: 0 },
      drop: { in: 1, dropped: 1, failed: 0 },
      mine: { in: 2, dropped: 0, failed: 2 },
      set: { in: 2, dropped: 0, failed: 0 },
    });
  });

  it("is the time that it took, as one event in some tells it", () => {
    const lines = Array.from({ length: 20 * timedDistance }, () => recordLine(1));
    const { parseRecord, drop } = countsOf(["parseRecord", { drop: {}, when: { field: "message", equals: "never" } }], lines);
    expect(parseRecord?.seconds).toBeGreaterThan(0);
    expect(parseRecord?.seconds).toBeLessThan(60);
    expect(drop?.seconds).toBe(0);
  });

  it("is all the time of an event that took too long", () => {
    const run = () => {
      for (;;);
    };
    expect(countsOf([{ script: { run } }], ["a"], 50)["script"]).toMatchObject({ failed: 1, seconds: 0.05 });
  });
});

describe("who looks at the events", () => {
  it("is asked once a batch, and sees them before, between and behind the filters", () => {
    const seen: string[] = [];
    let asked = 0;
    let tap: ChainTap | undefined;
    const chain = chainOf([{ drop: {}, when: { field: "message", equals: "a" } }, { set: { fields: { b: 1 } } }], {
      tap: () => {
        asked += 1;
        return tap;
      },
    });
    chain.run([eventOf("a"), eventOf("b")]);
    tap = { see: (at, { message, fieldsJson }, isKept) => void seen.push(`${message} ${at} ${isKept} ${fieldsJson}`) };
    chain.run([eventOf("a"), eventOf("b")]);
    tap = undefined;
    chain.run([eventOf("c")]);
    expect(asked).toBe(3);
    expect(seen).toEqual([
      "a buffer true {}",
      "b buffer true {}",
      "a drop false {}",
      "a when false {}",
      "b when true {}",
      'b set true {"b":1}',
      'b output true {"b":1}',
    ]);
  });

  it("sees what passes an output that runs no filters", () => {
    const seen: string[] = [];
    chainOf([], { tap: () => ({ see: (at) => void seen.push(at) }) }).run([eventOf("a")]);
    expect(seen).toEqual(["buffer", "output"]);
  });
});
