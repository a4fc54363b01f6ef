import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseLine, toRow } from "@gatelog/log-record";
import { createCallGenerator } from "./calls.ts";
import type { Run, RunPlace } from "./candidate.ts";
import { type CallColumn, callColumns } from "./columns.ts";
import type { CopyOptions } from "./copy-protocol.ts";
import { createTables } from "./databases.ts";
import { runPeer } from "./peer-process.ts";

const partitions = 6;
const tables = ["interface_log", "interface_body"] as const;
const columnsOf = (table: (typeof tables)[number]) => callColumns.filter((column) => column.table === table);
const logColumns = columnsOf("interface_log");
const bodyColumns = columnsOf("interface_body");

/** COPY of prepared batches by one connection, a transaction each. */
export interface CopyPlan extends RunPlace {
  /** The bundled program. */
  readonly program: string;
  /** Of prepareCopy. */
  readonly file: string;
}

/** Lets it copy the file into tables as ours are, roll-ups aside. */
export async function runCopy({ program, file, database, directory }: CopyPlan): Promise<Run> {
  await createTables(database.url);
  const options: CopyOptions = {
    url: database.url,
    file,
    statements: [copySql("interface_log", logColumns), copySql("interface_body", bodyColumns)],
  };
  const optionsFile = join(directory, "copy.json");
  writeFileSync(optionsFile, JSON.stringify(options));
  return runPeer({ command: process.execPath, arguments: [program, optionsFile], logFile: join(directory, "copy.output") });
}

/**
 * Writes what COPY is to send, batch by batch, in the order of a consumer that reads one partition for a while, then the next.
 *
 * **Shape**: of each batch, for both tables: rows (both the same) and bytes, 32 bits each, and the text format of COPY.
 */
export function prepareCopy(plan: {
  readonly file: string;
  readonly messages: number;
  readonly batchRows: number;
  readonly now: number;
}): void {
  const next = createCallGenerator(plan.now);
  const output = openSync(plan.file, "w");
  const waiting: string[][][] = Array.from({ length: partitions }, () => []);
  const flush = (rows: string[][]) => {
    for (const index of [0, 1]) {
      const text = Buffer.from(rows.map((row) => row[index]).join(""));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(rows.length, 0);
      head.writeUInt32BE(text.length, 4);
      writeSync(output, head);
      writeSync(output, text);
    }
    rows.length = 0;
  };
  for (let number = 0; number < plan.messages; number += 1) {
    const rows = waiting[number % partitions] as string[][];
    const { line, id, time } = next();
    const row = toRow(parseLine(line, { seedTimeZone: "UTC" }), { id, time }, line);
    rows.push([copyText(row, logColumns), copyText(row, bodyColumns)]);
    if (rows.length >= plan.batchRows) flush(rows);
  }
  for (const rows of waiting) if (rows.length > 0) flush(rows);
  closeSync(output);
}

function copySql(table: string, columns: readonly CallColumn[]): string {
  return `COPY ${table} (${columns.map(({ column }) => column).join(", ")}) FROM STDIN`;
}

function copyText(row: Readonly<Record<string, unknown>>, columns: readonly CallColumn[]): string {
  return `${columns.map(({ column }) => fieldText(row[column])).join("\t")}\n`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function fieldText(value: unknown): string {
  if (value === undefined || value === null) return "\\N";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] as string);
}
