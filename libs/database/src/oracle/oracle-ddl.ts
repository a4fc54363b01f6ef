import { recordColumns } from "@gatelog/log-record";
import { callColumns, markColumns, type SqlColumn } from "../columns.ts";
import { rollUpColumns, rollUpKey } from "../roll-up.ts";

/** Characters of VARCHAR2 that always fit its 4,000 bytes; what may be longer is a CLOB. */
const charactersMax = 1000;
const nameCharacters = 256;
/** Most characters of the names in the key of the roll-ups: an index entry of Oracle has some 6,000 bytes. */
const keyCharacters = 128;

const lengths = new Map(recordColumns.map(({ column, lengthMax }) => [column, lengthMax]));

/** The tables, for an administrator to review and run: db-sink creates nothing in Oracle by itself. */
export function oracleDdl(): string {
  const key = ["event_day", "id"];
  return [
    "-- Tables of gatelog for Oracle 12.2 and later. Times are UTC. Where partitioning is licensed, partition interface_log, interface_body and",
    "-- call_roll_up by RANGE (event_day) INTERVAL (NUMTODSINTERVAL(1, 'DAY')), so that old days can be dropped: db-sink deletes nothing here.",
    createTable("interface_log", callColumns("interface_log"), { key, more: [storedAt], needed: ["request_time"] }),
    "CREATE INDEX interface_log_time ON interface_log (request_time, id);",
    createTable("interface_body", callColumns("interface_body"), { key, more: [storedAt] }),
    createTable("ledger_mark", markColumns, { key: ["id"], more: [storedAt] }),
    createTable("call_roll_up", rollUpColumns, {
      key: rollUpKey.map(({ column }) => column),
      needed: rollUpColumns.map(({ column }) => column),
    }),
  ].join("\n\n");
}

const storedAt = "stored_at TIMESTAMP(3) DEFAULT SYS_EXTRACT_UTC(SYSTIMESTAMP) NOT NULL";

interface TableParts {
  readonly key: readonly string[];
  readonly more?: readonly string[];
  readonly needed?: readonly string[];
}

function createTable(table: string, columns: readonly SqlColumn[], { key, more = [], needed = [] }: TableParts): string {
  const isRollUp = table === "call_roll_up";
  const lines = columns.map((column) => {
    const isNeeded = key.includes(column.column) || needed.includes(column.column);
    return `${column.column} ${typeOf(column, isRollUp)}${isNeeded ? " NOT NULL" : ""}`;
  });
  const all = [...lines, ...more, `CONSTRAINT ${table}_pk PRIMARY KEY (${key.join(", ")})`];
  return `CREATE TABLE ${table} (\n${all.map((line) => `  ${line}`).join(",\n")}\n);`;
}

const types: Readonly<Record<Exclude<SqlColumn["type"], "text">, string>> = {
  day: "DATE",
  uuid: "VARCHAR2(36)",
  integer: "NUMBER(10)",
  bigint: "NUMBER(19)",
  real: "BINARY_DOUBLE",
  boolean: "NUMBER(1)",
  timestamp: "TIMESTAMP(3)",
  json: "CLOB",
};

function typeOf({ column, type }: SqlColumn, isRollUp: boolean): string {
  if (type !== "text") return types[type];
  if (isRollUp) return `VARCHAR2(${column === "source" ? nameCharacters : keyCharacters} CHAR)`;
  const isName = column === "gateway" || column === "boot" || column === "previous_boot";
  const length = isName ? nameCharacters : lengths.get(column);
  return length === undefined || length > charactersMax ? "CLOB" : `VARCHAR2(${length} CHAR)`;
}
