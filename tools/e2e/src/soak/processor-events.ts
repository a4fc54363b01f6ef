/** Where an event comes from: its sender, and its number there, from 0 on. */
export interface EventPlace {
  readonly sender: number;
  readonly number: number;
}

/** The same day for all: one index. */
const time = "2026-11-23T08:00:00.000Z";
const idPattern = /^0199a1b2-c3d4-7000-8([0-9a-f]{3})-([0-9a-f]{12})$/;
const markPattern = /soak-(\d+)-(\d+)/;

/**
 * A frame as a sender writes it. Of every three one is a gateway's record with its own id, one a line that a stage has given its id, and one a
 * line whose id the processor has to derive from its place.
 */
export function frameOf(place: EventPlace): Buffer {
  const message = lineOf(place);
  const { sender, number } = place;
  if (number % 3 === 1) return frame({ message, gatelog: { id: givenId(place), time } });
  return frame({
    "@timestamp": time,
    message,
    agent: { id: `agent-${sender}`, type: "filebeat" },
    log: { file: { path: `/var/log/soak-${sender}.log`, inode: String(sender), device_id: "2049" }, offset: number },
  });
}

/** The line of the event that stands there: the value of its message in the topic. */
export function lineOf(place: EventPlace): string {
  const mark = `soak-${place.sender}-${place.number}`;
  if (place.number % 3 !== 0) return `2026/11/23 08:00:00 [info] ${mark} 这是对kafka的测试 ${"x".repeat(200)}`;
  return JSON.stringify({
    v: 1,
    id: givenId(place),
    requestTime: "2026-11-23T16:00:00.123+08:00",
    gateway: "gw-soak",
    boot: "b1",
    seq: place.number,
    status: 200,
    method: "POST",
    url: "http://127.0.0.1:9000/springboot-demo/hello",
    path: "/springboot-demo/hello",
    responseContent: `Hello!Spring boot! ${mark}`,
  });
}

/** The id that the event has from the start; undefined where the processor derives it. */
export function idOf(place: EventPlace): string | undefined {
  return place.number % 3 === 2 ? undefined : givenId(place);
}

/** Whose line that is; undefined for one that was never sent. */
export function placeOfLine(line: string): EventPlace | undefined {
  const [, sender, number] = markPattern.exec(line) ?? [];
  if (sender === undefined) return undefined;
  const place = { sender: Number(sender), number: Number(number) };
  return line === lineOf(place) ? place : undefined;
}

/** Whose id that is, where it was given. */
export function placeOfId(id: string): EventPlace | undefined {
  const [, sender = "", number = ""] = idPattern.exec(id) ?? [];
  return sender === "" ? undefined : { sender: Number.parseInt(sender, 16), number: Number.parseInt(number, 16) };
}

function givenId({ sender, number }: EventPlace): string {
  return `0199a1b2-c3d4-7000-8${sender.toString(16).padStart(3, "0")}-${number.toString(16).padStart(12, "0")}`;
}

function frame(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
