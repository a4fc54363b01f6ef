import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { recordFields } from "./columns.ts";
import { recordSchema, type LogRecord, type RecordField } from "./schema.ts";

/** Says whether a JSON value fits a field. */
export interface FieldCheck {
  readonly field: RecordField;
  readonly isTime: boolean;
  fits(value: unknown): boolean;
}

/** One compiled check per field, by its name in a line; made from the schema, so that reader and validator cannot differ. */
export const fieldChecks: ReadonlyMap<string, FieldCheck> = new Map(
  recordFields.map((field) => {
    const validator = Compile(recordSchema.properties[field] as TSchema);
    const isTime = field === "requestTime" || field === "responseTime";
    return [field, { field, isTime, fits: (value) => validator.Check(value) }];
  }),
);

const recordValidator = Compile(recordSchema);

/** Whether a value is a record of version 1: required fields present, every known field of its type and range; unknown keys may be there. */
export function isLogRecord(value: unknown): value is LogRecord {
  return recordValidator.Check(value);
}
