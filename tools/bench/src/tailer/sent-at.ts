/** The field of a line that says when it was written. It stands in the request's body, thus behind one escape or, in an event, two. */
const field = Buffer.from("sentAtMs");
/** Digits of a time in ms, from 2001 to 2286. */
const digits = 13;
/** Between the field's name and its value: an escaped quotation mark and a colon. */
const gapBytesMax = 8;
const digit0 = 0x30;
const digit9 = 0x39;

/** Where the digits of the time stand in the line or event from `from` to `to`; -1 when it holds none. */
export function findSentAt(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(field, from);
  if (at === -1) return -1;
  const first = at + field.length;
  for (let position = first; position < first + gapBytesMax && position + digits <= to; position += 1)
    if (isDigit(bytes[position])) return position;
  return -1;
}

/** Reads the time whose digits begin at `at`. **Units**: ms since 1970. */
export function readSentAt(bytes: Buffer, at: number): number {
  return Number(bytes.toString("latin1", at, at + digits));
}

/** Writes a time over the digits that begin at `at`. */
export function writeSentAt(bytes: Buffer, at: number, timeMs: number): void {
  bytes.write(String(timeMs), at, digits, "latin1");
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= digit0 && byte <= digit9;
}
