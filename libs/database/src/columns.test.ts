import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordColumns } from "@gatelog/log-record";
import { describe, expect, test } from "vitest";
import { callColumns, markColumns, type SqlColumn, versionColumn } from "./columns.ts";
import { rollUpColumns } from "./roll-up.ts";

const models = readFileSync(join(import.meta.dirname, "../prisma/models.prisma"), "utf8");
const prismaTypes: Record<SqlColumn["type"], string> = {
  day: "DateTime",
  uuid: "String",
  text: "String",
  integer: "Int",
  bigint: "BigInt",
  real: "Float",
  boolean: "Boolean",
  timestamp: "DateTime",
  json: "Json",
};
const tables = [
  ["InterfaceLog", [...callColumns("interface_log"), versionColumn, { column: "stored_at", type: "timestamp" as const }]],
  ["InterfaceBody", callColumns("interface_body")],
  ["LedgerMark", [...markColumns, { column: "stored_at", type: "timestamp" as const }]],
  ["CallRollUp", rollUpColumns],
] as const;

describe("the Prisma models and the record's columns", () => {
  test.each(tables)("%s has exactly the columns that are written, with their types", (model, columns) => {
    const wanted = Object.fromEntries(columns.map(({ column, type }) => [column, prismaTypes[type]]));
    expect(Object.fromEntries(fieldsOf(model).map(({ column, type }) => [column, type]))).toEqual(wanted);
  });

  test("name each column's field as the record does", () => {
    const fields = new Map([...fieldsOf("InterfaceLog"), ...fieldsOf("InterfaceBody")].map(({ column, field }) => [column, field]));
    for (const { column, field } of recordColumns) expect(fields.get(column), column).toBe(field);
  });

  test.each(["sqlite", "postgresql", "mysql"])("the tables of %s have the columns of the models", (provider) => {
    const dir = join(import.meta.dirname, `../prisma/${provider}/migrations`);
    const names = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const sql = names.map(({ name }) => readFileSync(join(dir, name, "migration.sql"), "utf8")).join("\n");
    for (const [model, table] of Object.entries({
      InterfaceLog: "interface_log",
      InterfaceBody: "interface_body",
      LedgerMark: "ledger_mark",
      CallRollUp: "call_roll_up",
    })) {
      const body = new RegExp(String.raw`CREATE TABLE ${table} \(\n([\s\S]*?)\n  PRIMARY KEY`).exec(sql)?.[1] ?? "";
      const columns = body.split("\n").map((line) => line.trim().split(/\s+/)[0]);
      const added = [...sql.matchAll(new RegExp(String.raw`ALTER TABLE ${table} ADD COLUMN (\w+)`, "g"))].map((match) => match[1]);
      expect(new Set([...columns, ...added]), table).toEqual(new Set(fieldsOf(model).map(({ column }) => column)));
    }
  });

  test("MySQL's columns hold as many characters as the record's fields may have", () => {
    const dir = join(import.meta.dirname, "../prisma/mysql/migrations");
    const sql = readFileSync(join(dir, "20260101000000_interface_log/migration.sql"), "utf8");
    const varchars = new Map([...sql.matchAll(/^ {2}(\w+) +varchar\((\d+)\)/gm)].map(([, column, length]) => [column, Number(length)]));
    expect(varchars.size).toBeGreaterThan(10);
    for (const { column, lengthMax } of recordColumns) {
      expect(varchars.get(column) ?? Infinity, column).toBeGreaterThanOrEqual(lengthMax ?? (varchars.has(column) ? Infinity : 0));
    }
  });

  test("no column is a reserved word of PostgreSQL, MySQL or Oracle", () => {
    const reserved = new Set([
      "user",
      "order",
      "group",
      "date",
      "level",
      "size",
      "mode",
      "number",
      "session",
      "comment",
      "access",
      "desc",
      "key",
      "keys",
      "range",
      "rank",
      "system",
      "trigger",
      "to",
      "from",
      "option",
      "file",
      "uid",
      "row",
      "rows",
      "start",
      "table",
      "values",
      "check",
      "current",
      "audit",
      "raw",
      "long",
    ]);
    const columns = tables.flatMap(([, list]) => list.map(({ column }) => column));
    expect(columns.filter((column) => reserved.has(column))).toEqual([]);
  });
});

/** The scalar fields of a model, each once (the day has a line for each provider; PostgreSQL's counts). */
function fieldsOf(model: string): { field: string; column: string; type: string }[] {
  const body = new RegExp(String.raw`^model ${model} \{\n([\s\S]*?)^\}`, "m").exec(models)?.[1] ?? "";
  const lines = body.split("\n").filter((line) => !line.includes("//@only sqlite"));
  return lines.flatMap((line) => {
    const match = /^\s+(\w+)\s+(\w+)\??\s.*@map\("(\w+)"\)/.exec(line);
    return match === null ? [] : [{ field: match[1] ?? "", type: match[2] ?? "", column: match[3] ?? "" }];
  });
}
