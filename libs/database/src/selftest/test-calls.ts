import { type CallRow, formatRecord, type LogRecord, mintId, parseLine, toRow } from "@gatelog/log-record";

/** A day that no real call has: before gatelog was. */
export const testDay = "2015-01-01";
/** By which rows of a selftest are known, also those that one left that was killed. */
export const testGateway = "gatelog-selftest";
/** Topic and partition of its roll-ups. */
export const testSource = "gatelog-selftest/0";

/** Text in which a wrong character set, a wrong quote or a cut of bytes would show. */
export const hardText = "日志平台 😀 é ' \" \\ % _ ; -- \u2028 end";

/** A call of the selftest: a second after the one before, from 16:00 in a zone that is not UTC. */
export function testCall(seq: number, fields: Partial<LogRecord> = {}): CallRow {
  const id = mintId();
  const time = new Date(Date.parse(`${testDay}T08:00:00.125Z`) + seq * 1000).toISOString();
  const record: LogRecord = {
    v: 1,
    id,
    requestTime: `${time.slice(0, 11)}16${time.slice(13, -1)}+08:00`,
    gateway: testGateway,
    boot: "selftest",
    seq,
    project: testGateway,
    status: 200,
    success: true,
    durationMs: 12.5 * seq,
    method: "POST",
    path: `/selftest/${seq}`,
    requestBytes: 100 * seq,
    responseBytes: 9_000_000_000,
    labels: { shop: hardText },
    requestContent: hardText,
    responseContent: `{"seq":${seq}}`,
    ...fields,
  };
  const line = formatRecord(record);
  return toRow(parseLine(line, { seedTimeZone: "UTC" }), { id, time }, line);
}

/** A call with values that no database holds: they are mended before they get there. */
export function mendedCall(seq: number): CallRow {
  return testCall(seq, { operation: "NUL \0 and half \ud83d", bizMessage: "long ".repeat(2000), requestContent: "NUL \0" });
}

/** A call that every database refuses: what no line can become, since it would have been mended. */
export function refusedCall(seq: number, dialect: string): CallRow {
  const call = testCall(seq);
  // SQLite takes text for a number, and no row without an id.
  return (dialect === "sqlite" ? { ...call, id: null } : { ...call, status: "no number" }) as CallRow;
}
