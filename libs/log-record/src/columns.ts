import type { CallTable, FieldNotes, StorageType } from "./field-kinds.ts";
import { recordSchema, type RecordField } from "./schema.ts";

/** Where a field of the record is kept in SQL. */
export interface RecordColumn {
  readonly field: RecordField;
  readonly column: string;
  readonly table: CallTable;
  readonly type: StorageType;
  /** Characters of a text column; absent where unbounded. */
  readonly lengthMax?: number;
  /** Largest value of a number column: above 2^31 − 1 it needs 64 bits. */
  readonly max?: number;
}

/** The fields of the record, in schema order. */
export const recordFields = Object.keys(recordSchema.properties) as readonly RecordField[];

/** What each field says about its places in the stores; the id has none, since every table has it as its key. */
export const fieldNotes: ReadonlyMap<RecordField, FieldNotes> = new Map(
  recordFields.flatMap((field) => {
    const { notes } = recordSchema.properties[field] as { notes?: FieldNotes };
    return notes === undefined ? [] : [[field, notes]];
  }),
);

/** One column per field of the record, in schema order; `event_day`, `id`, `extra`, `parse_error` and `raw_line` come besides. */
export const recordColumns: readonly RecordColumn[] = Array.from(fieldNotes, columnOf);

function columnOf([field, notes]: [RecordField, FieldNotes]): RecordColumn {
  const column: { -readonly [K in keyof RecordColumn]: RecordColumn[K] } = {
    field,
    column: notes.column,
    table: notes.table,
    type: notes.storage,
  };
  if (notes.lengthMax !== undefined) column.lengthMax = notes.lengthMax;
  if (notes.max !== undefined) column.max = notes.max;
  return column;
}
