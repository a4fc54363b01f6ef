import * as fc from "fast-check";
import { expect, test } from "vitest";
import { idFromBeats, idFromGeneration, idFromKafka, isUuid, mintId, type BeatsOrigin } from "./index.ts";

const generation = fc.uint8Array({ minLength: 16, maxLength: 16 });
const offset = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 - 1 }));

test("minted ids are valid v7 and ascending, also when the clock stands or jumps back", () => {
  const clocks = [1_800_000_000_000, 1_800_000_000_000, 1_799_999_000_000, 1_800_000_000_001];
  const ids = Array.from({ length: 20_000 }, (_, index) => mintId(clocks[index % clocks.length]));
  expect(ids.filter((id) => !isUuid(id) || id[14] !== "7")).toEqual([]);
  expect(ids.filter((id, index) => index > 0 && id <= ids[index - 1]!)).toEqual([]);
});

test("a minted id carries its millisecond", () => {
  const now = 1_900_000_000_123;
  expect(Number.parseInt(mintId(now).replaceAll("-", "").slice(0, 12), 16)).toBe(now);
});

test("an id from a file generation is a valid v8, ascending with the offset, distinct for every offset", () => {
  fc.assert(
    fc.property(generation, offset, offset, (bytes, a, b) => {
      const [first, second] = [idFromGeneration(bytes, a), idFromGeneration(bytes, b)];
      expect(isUuid(first) && first[14] === "8").toBe(true);
      expect(first === second).toBe(a === b);
      expect(first < second).toBe(a < b);
      expect(Number.parseInt(first.slice(24), 16)).toBe(a);
    }),
  );
});

test("another generation is another id", () => {
  fc.assert(
    fc.property(generation, fc.nat(9), fc.integer({ min: 1, max: 15 }), (bytes, at, change) => {
      const other = Uint8Array.from(bytes);
      // The bits that the version and the variant do not take.
      other[at] = other[at]! ^ (at === 6 || at === 8 ? change & 0x0f || 1 : change);
      expect(idFromGeneration(other, 5)).not.toBe(idFromGeneration(bytes, 5));
    }),
  );
});

test("a generation or an offset that cannot be is refused", () => {
  expect(() => idFromGeneration(new Uint8Array(15), 0)).toThrow(RangeError);
  for (const bad of [-1, 0.5, 2 ** 48, Number.NaN]) expect(() => idFromGeneration(new Uint8Array(16), bad)).toThrow(RangeError);
});

const line = Buffer.from("a line");
const origin: BeatsOrigin = {
  agent: "a",
  device: 64769,
  inode: 1234,
  path: "/var/log/a.log",
  timestamp: "2026-11-23T08:00:00.000Z",
  offset: 10,
  line,
};

test("a Beats id outlives a rename and a resend, and numbers equal their text", () => {
  const id = idFromBeats(origin);
  expect(isUuid(id) && id[14] === "8").toBe(true);
  expect(idFromBeats({ ...origin, path: "/var/log/a.log.1", timestamp: "2026-11-23T09:00:00.000Z" })).toBe(id);
  expect(idFromBeats({ ...origin, device: "64769", inode: "1234", offset: "10" })).toBe(id);
});

test("a Beats id changes with everything that names the line", () => {
  const byPath = { ...origin, device: undefined, inode: undefined };
  const origins: BeatsOrigin[] = [
    origin,
    { ...origin, agent: "b" },
    { ...origin, device: 1 },
    { ...origin, inode: 1 },
    { ...origin, fingerprint: "f" },
    { ...origin, offset: 11 },
    { ...origin, line: Buffer.from("b line") },
    byPath,
    { ...byPath, path: "/b" },
    { ...byPath, timestamp: "t" },
  ];
  const ids = origins.map(idFromBeats);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a Kafka id is of topic, partition and offset", () => {
  const ids = [
    idFromKafka("kerry", 0, "1"),
    idFromKafka("kerry", 0, "2"),
    idFromKafka("kerry", 1, "1"),
    idFromKafka("kerry1", 0, "1"),
    idFromKafka("kerry", 0, "01"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isUuid)).toBe(true);
  expect(idFromKafka("kerry", 0, "1")).toBe(ids[0]);
});
