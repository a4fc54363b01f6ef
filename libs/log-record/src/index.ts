export { fieldNotes, recordColumns, type RecordColumn } from "./columns.ts";
export { callTables, storageTypes, type CallTable, type FieldNotes, type StorageType } from "./field-kinds.ts";
export { formatMark, markSchema, type Mark } from "./mark.ts";
export { bodyEncodings, recordSchema, type LogRecord, type RecordField } from "./schema.ts";
