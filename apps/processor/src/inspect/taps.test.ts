import { Buffer } from "node:buffer";
import { type AdminRefusal } from "@gatelog/service-kit";
import { systemClock } from "@gatelog/pipeline";
import { manualClock } from "@gatelog/testkit";
import { describe, expect, it } from "vitest";
import { chainOf, eventOf } from "../filters/filters.test-helper.ts";
import { encodeEvent } from "../plain-event.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { TapStream, type TapWish, waitingBytesMax } from "./tap-stream.ts";
import { Taps, tapsMax } from "./taps.ts";
import { parseWhere } from "./where.ts";

const filters = [{ drop: {}, when: { field: "team", equals: "b" } }, { set: { fields: { n: 1 } } }];
const live = new AbortController().signal;

interface Line {
  readonly at?: string;
  readonly kept?: boolean;
  readonly event?: { readonly line: string; readonly fields: object };
  readonly tap?: { readonly leftOut: number };
}

async function linesOf(stream: TapStream): Promise<Line[]> {
  stream.end();
  let text = "";
  for await (const piece of stream.read()) text += piece;
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
}

/** A chain of filters, and who looks at it. */
function tapped(wish: Partial<TapWish>) {
  const taps: Taps = new Taps({ clock: systemClock, chains: () => new Map([["kerry", chain]]) });
  const chain = chainOf(filters, { tap: () => taps.ofOutput("kerry") });
  return { taps, chain, stream: taps.open({ at: "output", sample: 1, ...wish }, live) };
}

describe("a tap", () => {
  it.each([
    [
      "buffer",
      [
        ["a", {}],
        ["b", { team: "b" }],
      ],
    ],
    [
      "when",
      [
        ["a", {}],
        ["b", { team: "b" }],
      ],
    ],
    ["set", [["a", { n: 1 }]]],
    ["output", [["a", { n: 1 }]]],
  ])("at %s shows events as they are there", async (at, expected) => {
    const { chain, stream } = tapped({ at });
    chain.run([eventOf("a"), eventOf("b", { team: "b" })]);
    const lines = await linesOf(stream);
    expect(lines.map(({ event }) => [event?.line, event?.fields])).toEqual(expected);
    expect(lines[0]).toMatchObject({ at, output: "kerry" });
    expect(lines.map(({ kept }) => kept)).toEqual(at === "when" ? [true, false] : at === "set" ? [true] : expected.map(() => undefined));
  });

  it("leaves events as they are, byte for byte, also where it reads their fields", async () => {
    const where = parseWhere(["team=a"]);
    const { taps, stream } = tapped({ at: "buffer", where });
    const parts = { id: eventOf("").id, time: eventOf("").time, type: "record" as const, line: Buffer.from("x") };
    const event = decodeEvent(encodeEvent({ ...parts, fieldsJson: '{ "team": "a", "size": 1.0 }' })) as WorkEvent;
    taps.ofOutput("kerry")?.see("buffer", event, true);
    expect(event.fieldsJson).toBe('{ "team": "a", "size": 1.0 }');
    expect(await linesOf(stream)).toHaveLength(1);
  });

  it("shows what is asked for: conditions, one in some, so many", async () => {
    const events = Array.from({ length: 10 }, (_, index) =>
      eventOf(`line ${index}`, { size: index, team: index % 2 === 0 ? "even" : "odd" }),
    );
    const shown = async (wish: Partial<TapWish>) => {
      const { chain, stream } = tapped({ at: "buffer", ...wish });
      chain.run(events);
      return (await linesOf(stream)).map(({ event }) => event?.line.slice(5)).join("");
    };
    expect(await shown({ where: parseWhere(["team=even", "size>=4"]) })).toBe("468");
    expect(await shown({ where: parseWhere(["team!=even", "message~[37]$"]) })).toBe("37");
    expect(await shown({ sample: 3 })).toBe("0369");
    expect(await shown({ limit: 2 })).toBe("01");
  });

  it("costs a look once a batch, and nothing more, while nobody asks for that output", () => {
    const { taps } = tapped({ at: "output", output: "kerry" });
    expect(taps.ofOutput("other")).toBeUndefined();
    expect(taps.ofInput("beats")).toBeUndefined();
  });

  it("ends for a client that has left, which makes room for another", () => {
    const taps = new Taps({ clock: systemClock, chains: () => new Map() });
    const clients = Array.from({ length: tapsMax }, () => new AbortController());
    for (const { signal } of clients) taps.open({ at: "input", sample: 1 }, signal);
    expect(() => taps.open({ at: "input", sample: 1 }, live)).toThrow(/^4 taps are open, which is the most/);
    clients[0]?.abort();
    taps.open({ at: "input", sample: 1 }, live);
  });

  it.each([
    [{ at: "sett" }, /^no output runs "sett", did you mean "set"\?$/],
    [{ at: "zzzzzzzzz" }, /^no output runs "zzzzzzzzz", points are: input, buffer, output, when, drop, set$/],
    [{ output: "kery" }, /^there is no output "kery", did you mean "kerry"\?$/],
    [{ at: "input", output: "kerry" }, /^inputs come before the outputs/],
  ])("is refused for %j", (wish, sentence) => {
    expect(() => tapped(wish)).toThrow(sentence);
  });

  it.each(["team", "=a", "a..b=1", "a~("])("is refused for the condition %j", (where) => {
    expect(() => parseWhere([where])).toThrow(/is no condition: /);
    try {
      parseWhere([where]);
    } catch (error) {
      expect((error as AdminRefusal).status).toBe(400);
    }
  });
});

describe("a client that does not read", () => {
  const event = eventOf("x".repeat(100_000));

  it("is left out beyond its room, and told of it", async () => {
    const stream = new TapStream({ at: "buffer", sample: 1 }, manualClock());
    for (let index = 0; index < 100; index += 1) stream.offer({ at: "buffer" }, event);
    const lines = await linesOf(stream);
    const shown = lines.filter((line) => line.event !== undefined).length;
    expect(shown).toBe(Math.ceil(waitingBytesMax / 100_300));
    expect(lines.at(-1)).toEqual({ tap: { leftOut: 100 - shown } });
  });

  it("has room again when it has read", async () => {
    const stream = new TapStream({ at: "buffer", sample: 1 }, manualClock());
    for (let index = 0; index < 20; index += 1) stream.offer({ at: "buffer" }, event);
    const reader = stream.read();
    expect((await reader.next()).value).toMatch(/\{"tap":\{"leftOut":9\}\}\n$/);
    stream.offer({ at: "buffer" }, event);
    expect((await reader.next()).value).toMatch(/^\{"at":"buffer","event"/);
  });
});

it("a tap takes only so much of a second, and what there was no time for is told", async () => {
  const clock = manualClock();
  let now = 0;
  // Each reading of the clock takes ten milliseconds.
  const slow = { ...clock, monotonicMs: () => (now += 10) };
  const stream = new TapStream({ at: "buffer", sample: 1 }, slow);
  for (let index = 0; index < 20; index += 1) stream.offer({ at: "buffer" }, eventOf("x"));
  const lines = await linesOf(stream);
  expect(lines.filter((line) => line.event !== undefined)).toHaveLength(5);
  expect(lines.at(-1)).toEqual({ tap: { leftOut: 15 } });
});

it("a tap without events gives a sign of life, and ends at once when its client leaves", async () => {
  const clock = manualClock();
  const stream = new TapStream({ at: "buffer", sample: 1 }, clock);
  const reader = stream.read();
  const sign = reader.next();
  await clock.advance(15_000);
  expect((await sign).value).toBe("\n");
  const last = reader.next();
  stream.end();
  expect((await last).done).toBe(true);
});
