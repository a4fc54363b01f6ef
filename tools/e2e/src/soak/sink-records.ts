import { type CallRow, formatMark, formatSeed, identityOf, type LogRecord, parseLine, toRow } from "@gatelog/log-record";
import type { TopicMessage } from "@gatelog/topic";

/** What a message is. */
export type SinkKind = "record" | "seed" | "line" | "mark" | "refused" | BadKind;

/** Values that a database cannot hold, or that try it: one of a hundred messages has one. */
export const badKinds = ["nul", "surrogate", "number", "time", "long", "deep", "utf8", "huge"] as const;
export type BadKind = (typeof badKinds)[number];

/** The operation of a call that the table is told to refuse. */
export const refusedOperation = "refuse-me";

const idPattern = /^0199a1b2-c3d4-7000-8000-([0-9a-f]{12})$/;
/** Half an hour before midnight, so that a run has two days. */
const firstMs = Date.parse("2026-11-23T23:30:00.000Z");
const msPerRecord = 4;
const zone = { seedTimeZone: "UTC" };
const hugeBytes = 300_000;
const deepLevels = 5000;
const filler = "这是对kafka的测试 0123456789 ".repeat(8);

/** What the message with this number is, a pure function of it. */
export function kindOf(number: number): SinkKind {
  if (number % 100 === 7) return badKindOf(Math.floor(number / 100));
  if (number % 500 === 11) return "mark";
  if (number % 200 === 13) return "seed";
  if (number % 200 === 14) return "line";
  return number % 4000 === 15 ? "refused" : "record";
}

/** Huge ones are rare: they would be most of the bytes. */
function badKindOf(turn: number): BadKind {
  return turn % 32 === 5 ? "huge" : (badKinds[turn % (badKinds.length - 1)] ?? "huge");
}

/** The id that its first stage gave it. */
export function sinkIdOf(number: number): string {
  return `0199a1b2-c3d4-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** Whose id that is; undefined for one that was never given. */
export function numberOfSinkId(id: string): number | undefined {
  const digits = idPattern.exec(id)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** The message as the processor sends it: line, id and time. */
export function sinkMessageOf(number: number): TopicMessage {
  const value = bytesOf(number);
  const id = sinkIdOf(number);
  const time = identityOf(parseLine(value.toString("utf8"), zone), zone).time;
  const type = kindOf(number) === "mark" ? "mark" : "record";
  return { key: id, value, headers: { "gatelog-id": id, "gatelog-time": time, "gatelog-type": type } };
}

/** The row that it has to become. */
export function expectedRowOf(number: number): CallRow {
  const line = bytesOf(number).toString("utf8");
  const parsed = parseLine(line, zone);
  return toRow(parsed, { id: sinkIdOf(number), time: identityOf(parsed, zone).time }, line);
}

function bytesOf(number: number): Buffer {
  const kind = kindOf(number);
  const text = lineOf(number, kind);
  if (kind !== "utf8") return Buffer.from(text);
  const bytes = Buffer.from(text);
  // Two bytes of no UTF-8 within the answer's body.
  const at = bytes.indexOf("Hello");
  bytes[at + 1] = 0xff;
  bytes[at + 2] = 0xc0;
  return bytes;
}

function lineOf(number: number, kind: SinkKind): string {
  const record = recordOf(number);
  const changed = (fields: object) => JSON.stringify({ ...record, ...fields });
  switch (kind) {
    case "mark":
      return formatMark({ v: 1, type: "mark", gateway: "gw-soak", boot: "b1", seq: number, inFlight: [number], closing: false });
    case "seed":
      return formatSeed(record, { timeZone: "UTC" });
    case "line":
      return `2026/11/23 08:00:00 [error] 12#12: *${number} upstream timed out ${filler}`;
    case "refused":
      return changed({ operation: refusedOperation });
    case "nul":
      return changed({ responseContent: `Hello\0${number}`, path: "/nul\0" });
    case "surrogate":
      return changed({ responseContent: "x" }).replace('"responseContent":"x"', `"responseContent":"Hello \\ud83d ${number}"`);
    case "number":
      return changed({ status: "n" })
        .replace('"status":"n"', '"status":1e300')
        .replace(/"requestBytes":\d+/, '"requestBytes":-9e99');
    case "time":
      return changed({ requestTime: number % 2 === 0 ? "9999-99-99T99:99:99Z" : "0001-01-01T00:00:00.000Z" });
    case "long":
      return changed({ userAgent: "长".repeat(50_000), project: "p".repeat(70_000) });
    case "deep":
      return changed({ deep: 0 }).replace('"deep":0', `"deep":${"[".repeat(deepLevels)}${"]".repeat(deepLevels)}`);
    case "huge":
      return changed({ requestContent: filler.repeat(Math.ceil(hugeBytes / Buffer.byteLength(filler))) });
    default:
      return JSON.stringify(record);
  }
}

function recordOf(number: number): LogRecord {
  const time = new Date(firstMs + number * msPerRecord).toISOString();
  const status = number % 10 === 0 ? 500 : 200;
  return {
    v: 1,
    id: sinkIdOf(number),
    requestTime: time,
    gateway: "gw-soak",
    boot: "b1",
    seq: number,
    env: number % 2 === 0 ? "prod" : "test",
    project: `project-${number % 3}`,
    route: `route-${number % 5}`,
    success: status === 200,
    durationMs: ((number * 7919) % 70_000_000) / 1000,
    status,
    method: "POST",
    url: `http://127.0.0.1:9000/springboot-demo/orders/${number}`,
    path: `/springboot-demo/orders/${number}`,
    requestContent: `{"n":${number},"text":"${filler}"}`,
    responseContent: `Hello!Spring boot! ${number}`,
    requestBytes: 300 + (number % 100),
    responseBytes: 20,
  };
}
