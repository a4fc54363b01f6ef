import { createRecordGenerator } from "./records.ts";

/** Events of a window; Filebeat's `bulk_max_size`. */
export const windowEvents = 2048;

/** Hexadecimal digits of an event's number, at the end of its id. */
const idDigits = 12;
const idStart = "0199a1b2-c3d4-7000-8000-";
/** All on one day: every run has the same index. */
const time = "2026-11-23T08:00:00.123Z";

/** The frames of one window, whose ids can be changed in place. */
export interface EventWindow {
  /** `2J` sequence length `{…}`, one after the other. */
  readonly frames: Buffer;
  /** Where the number of each event's id stands. */
  readonly idPlaces: readonly number[];
}

/**
 * Windows as the tailer sends them: each event is a record of a gateway with its place and its fixed identity, 1,500 bytes or so.
 * The same in every run.
 */
export function createWindows(count: number): EventWindow[] {
  const nextLine = createRecordGenerator();
  let offset = 0;
  const nextEvent = () => {
    const message = nextLine();
    offset += Buffer.byteLength(message) + 1;
    return JSON.stringify({
      "@timestamp": time,
      host: { name: "bench" },
      agent: { name: "bench", type: "gatelog-tailer", version: "0.1.0" },
      fields: { input: "gateway" },
      "@metadata": { beat: "gatelog", type: "_doc", version: "0.1.0" },
      log: { file: { path: "/var/log/gatelog/gw-1.log", inode: "1835021", device_id: "64768" }, offset },
      message,
      gatelog: { id: `${idStart}${"0".repeat(idDigits)}`, time },
    });
  };
  return Array.from({ length: count }, () => windowOf(Array.from({ length: windowEvents }, nextEvent)));
}

/** Numbers the window's events from `first` on. */
export function numberEvents({ frames, idPlaces }: EventWindow, first: number): void {
  for (const [index, place] of idPlaces.entries()) frames.write((first + index).toString(16).padStart(idDigits, "0"), place, "latin1");
}

function windowOf(events: readonly string[]): EventWindow {
  const idPlaces: number[] = [];
  const pieces: Buffer[] = [];
  let at = 0;
  for (const [index, event] of events.entries()) {
    const json = Buffer.from(event);
    const head = Buffer.from("2J\0\0\0\0\0\0\0\0", "latin1");
    head.writeUInt32BE(index + 1, 2);
    head.writeUInt32BE(json.length, 6);
    idPlaces.push(at + head.length + json.indexOf(idStart) + idStart.length);
    pieces.push(head, json);
    at += head.length + json.length;
  }
  return { frames: Buffer.concat(pieces), idPlaces };
}
