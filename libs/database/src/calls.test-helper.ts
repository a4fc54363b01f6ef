import { formatRecord, mintId, parseLine, toRow, type CallRow, type LogRecord } from "@gatelog/log-record";

/** Time of the first call that a test makes. */
export const firstCallMs = Date.parse("2026-11-23T08:00:00.000Z");

/** A record as a gateway writes it; `seq` is also its place in time, one second apart. */
export function makeRecord(seq: number, fields: Partial<LogRecord> = {}): LogRecord {
  return {
    v: 1,
    id: mintId(),
    requestTime: new Date(firstCallMs + seq * 1000).toISOString(),
    gateway: "gw-1",
    boot: "b1",
    seq,
    status: 200,
    method: "POST",
    url: `http://127.0.0.1:9000/orders/${seq}`,
    path: `/orders/${seq}`,
    requestContent: `{"n":${seq}}`,
    responseContent: "ok",
    ...fields,
  };
}

/** Its row, through the line as it would travel. */
export function makeCall(seq: number, fields: Partial<LogRecord> = {}): CallRow {
  return rowOfLine(formatRecord(makeRecord(seq, fields)), fields.id);
}

/** The row of any line. */
export function rowOfLine(line: string, id: string = mintId()): CallRow {
  const parsed = parseLine(line, { seedTimeZone: "UTC" });
  const own = parsed.kind === "record" && parsed.record.id !== "" ? parsed.record : undefined;
  const time = own === undefined ? "1970-01-01T00:00:00.000Z" : new Date(own.requestTime).toISOString();
  return toRow(parsed, { id: own?.id ?? id, time }, line);
}

/** Calls with seq `from` to `to`, both included. */
export function makeCalls(from: number, to: number, fields: (seq: number) => Partial<LogRecord> = () => ({})): CallRow[] {
  return Array.from({ length: to - from + 1 }, (_, index) => makeCall(from + index, fields(from + index)));
}
