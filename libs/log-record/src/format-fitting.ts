import { formatRecord, type Extra } from "./format.ts";
import { cutToJsonBytes, jsonBytesOf } from "./json-bytes.ts";
import { recordFields } from "./columns.ts";
import type { LogRecord, RecordField } from "./schema.ts";

/** The smallest line limit that formatFitting accepts: every record's required fields fit in it. */
export const lineBytesFloor = 1024;
/** The label that names what besides the bodies was cut or left out to fit the line. */
export const cutLabel = "gatelog.cut";

/** Bytes that a required name keeps when nothing else is left to cut. */
const nameBytesMax = 256;
/** A string that would keep less is left out whole. */
const stringBytesMin = 64;
const requiredFields: ReadonlySet<RecordField> = new Set(["v", "id", "requestTime", "gateway", "boot", "seq"]);
const flagFields: ReadonlySet<RecordField> = new Set(["labels", "requestTruncated", "responseTruncated"]);

/**
 * The record as a line of at most `lineBytesMax` bytes: where it is longer, its bodies are cut on a character boundary and
 * flagged (`requestTruncated`, `responseTruncated`).
 *
 * **Units**: UTF-8 bytes without the line end; at least 1,024.
 * **Errors**: RangeError for a smaller limit (our own bug).
 * **Guarantee**: always fits. Where headers or URLs alone are too long, the largest fields are cut or left out until it fits,
 * and the label `gatelog.cut` names them. A base64 body is cut to whole groups, so that what is left decodes.
 */
export function formatFitting(record: LogRecord, lineBytesMax: number, extra?: Extra): string {
  if (lineBytesMax < lineBytesFloor)
    throw new RangeError(`a line of ${lineBytesMax} bytes is too short for a record: give at least ${lineBytesFloor}`);
  const line = formatRecord(record, extra);
  // A UTF-16 unit has at most three bytes, so that most lines are known to fit without counting.
  if (line.length * 3 <= lineBytesMax || Buffer.byteLength(line) <= lineBytesMax) return line;
  const withoutBodies = { ...record, ...emptied(record) };
  const leftBytes = lineBytesMax - Buffer.byteLength(formatRecord(withoutBodies, extra));
  if (leftBytes >= 0) return formatRecord({ ...record, ...cutBodies(record, leftBytes) }, extra);
  return formatRecord(cutFields(withoutBodies, lineBytesMax));
}

/** Both bodies empty and flagged, where there are any. */
function emptied(record: LogRecord): Partial<LogRecord> {
  const fields: Partial<LogRecord> = {};
  if (record.requestContent) Object.assign(fields, { requestContent: "", requestTruncated: true });
  if (record.responseContent) Object.assign(fields, { responseContent: "", responseTruncated: true });
  return fields;
}

/** Shares the bytes: a body below half of them stays whole and leaves the rest to the other. */
function cutBodies(record: LogRecord, leftBytes: number): Partial<LogRecord> {
  const request = record.requestContent ?? "";
  const response = record.responseContent ?? "";
  const half = Math.floor(leftBytes / 2);
  const requestBytes = Math.min(jsonBytesOf(request), Math.max(half, leftBytes - jsonBytesOf(response)));
  const fields: Partial<LogRecord> = {};
  const cutRequest = cutBody(request, requestBytes, record.requestEncoding);
  if (cutRequest !== request) Object.assign(fields, { requestContent: cutRequest, requestTruncated: true });
  const cutResponse = cutBody(response, leftBytes - requestBytes, record.responseEncoding);
  if (cutResponse !== response) Object.assign(fields, { responseContent: cutResponse, responseTruncated: true });
  return fields;
}

function cutBody(content: string, bytesMax: number, encoding: string | undefined): string {
  const cut = cutToJsonBytes(content, bytesMax);
  if (encoding !== "base64" || cut === content) return cut;
  return cut.slice(0, cut.length - (cut.length % 4));
}

/** Cuts or leaves out the largest fields, one after the other, and names them in a label; `extra` is left out before. */
function cutFields(record: LogRecord, bytesMax: number): LogRecord {
  const kept: LogRecord = { ...record };
  const cut: string[] = [];
  if (kept.labels !== undefined) cut.push("labels");
  for (const field of bySize(record)) {
    kept.labels = { [cutLabel]: cut.join(",") };
    const excessBytes = Buffer.byteLength(formatRecord(kept)) - bytesMax;
    if (excessBytes <= 0) return kept;
    cut.push(field);
    // The label grows by the field's name and a comma.
    cutField(kept, field, excessBytes + field.length + 1);
  }
  kept.labels = { [cutLabel]: cut.join(",") };
  if (Buffer.byteLength(formatRecord(kept)) <= bytesMax) return kept;
  const gateway = cutToJsonBytes(record.gateway, nameBytesMax);
  return {
    v: 1,
    id: record.id,
    requestTime: record.requestTime,
    gateway,
    boot: cutToJsonBytes(record.boot, nameBytesMax),
    seq: record.seq,
  };
}

function cutField(record: LogRecord, field: RecordField, excessBytes: number): void {
  const value = record[field];
  const leftBytes = typeof value === "string" ? jsonBytesOf(value) - excessBytes : 0;
  if (typeof value === "string" && leftBytes >= stringBytesMin) Object.assign(record, { [field]: cutToJsonBytes(value, leftBytes) });
  else delete (record as Partial<LogRecord>)[field];
}

function bySize(record: LogRecord): RecordField[] {
  return recordFields
    .filter((field) => record[field] !== undefined && !requiredFields.has(field) && !flagFields.has(field))
    .map((field) => ({ field, bytes: Buffer.byteLength(JSON.stringify(record[field])) }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ field }) => field);
}
