import { recordColumns, type CallRow, type StorageType } from "@gatelog/log-record";
import type { MappedRecord } from "./api/index.ts";

/** A field of the record as a mapping names it, and the column of the row that has it. */
export interface MappedField {
  readonly column: string;
  readonly type: StorageType;
  readonly lengthMax?: number;
}

const besides: readonly (readonly [string, MappedField])[] = [
  ["id", { column: "id", type: "text", lengthMax: 36 }],
  ["eventDay", { column: "event_day", type: "text", lengthMax: 10 }],
  ["extra", { column: "extra", type: "json" }],
  ["parseError", { column: "parse_error", type: "text", lengthMax: 1024 }],
  ["rawLine", { column: "raw_line", type: "text" }],
];

/** Every field that a mapping may name. */
export const mappedFields: ReadonlyMap<string, MappedField> = new Map([
  ...besides,
  ...recordColumns.map(({ field, column, type, lengthMax }): [string, MappedField] => [
    field,
    lengthMax === undefined ? { column, type } : { column, type, lengthMax },
  ]),
]);

/** A call as a function of a mapping.ts gets it. */
export function recordOf(call: CallRow): MappedRecord {
  const record: Record<string, unknown> = {};
  for (const [field, { column, type }] of mappedFields) {
    const value = call[column];
    if (value !== null && value !== undefined) record[field] = type === "json" ? JSON.parse(value as string) : value;
  }
  return record as unknown as MappedRecord;
}

/** A call as an expression sees it: each field is made when it is asked for; whole numbers are CEL's `int`, and what is not there is null. */
export class RecordView {
  readonly call: CallRow;

  constructor(call: CallRow) {
    this.call = call;
  }
}

for (const [field, { column, type }] of mappedFields) {
  Object.defineProperty(RecordView.prototype, field, {
    get(this: RecordView) {
      const value = this.call[column] ?? null;
      if (value === null) return null;
      if (type === "json") return JSON.parse(value as string) as unknown;
      return type === "integer" ? BigInt(value as number) : value;
    },
  });
}
