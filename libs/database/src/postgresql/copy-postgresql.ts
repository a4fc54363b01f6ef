import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { SqlColumn } from "../columns.ts";

/** Characters of a piece that is handed to the connection. */
const pieceLength = 262_144;
const nullText = String.raw`\N`;
/** What stands for another character in COPY's text format. */
const special = /[\\\t\n\r]/g;
const meant: Readonly<Record<string, string>> = { "\\": String.raw`\\`, "\t": String.raw`\t`, "\n": String.raw`\n`, "\r": String.raw`\r` };

/**
 * Rows by COPY: the server parses less than for any INSERT and writes a page at a time. One row whose key is there already ends it with a unique
 * violation, and nothing is stored.
 *
 * **Source**: https://www.postgresql.org/docs/current/sql-copy.html, text format.
 */
export class PostgresqlCopy {
  readonly #sql: string;
  readonly #columns: readonly SqlColumn[];

  constructor(table: string, columns: readonly SqlColumn[]) {
    this.#sql = `COPY ${table} (${columns.map(({ column }) => column).join(", ")}) FROM STDIN`;
    this.#columns = columns;
  }

  /**
   * To be called inside a transaction. The next piece is made while one is on its way, and handed over when it is gone: what the stream still
   * had in hand when the server refuses a row, it would write to a connection that it does not have any more, out of everybody's reach.
   */
  async run(client: ClientBase, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    if (rows.length === 0) return;
    const stream = client.query(copyFrom(this.#sql));
    const done = finished(stream);
    // Told where it is waited for.
    done.catch(() => {});
    let written: Promise<unknown> = Promise.resolve();
    let piece = "";
    for (const row of rows) {
      piece += this.#lineOf(row);
      if (piece.length < pieceLength) continue;
      await Promise.race([written, done]);
      written = write(stream, piece);
      piece = "";
    }
    await Promise.race([written, done]);
    stream.end(Buffer.from(piece));
    await done;
  }

  #lineOf(row: Readonly<Record<string, unknown>>): string {
    let line = "";
    let separator = "";
    for (const { column } of this.#columns) {
      const value = row[column];
      line += separator;
      separator = "\t";
      if (value === null || value === undefined) line += nullText;
      else if (typeof value === "string") line += escaped(value);
      else if (typeof value === "boolean") line += value ? "t" : "f";
      else line += typeof value === "number" ? String(value) : escaped(JSON.stringify(value));
    }
    return `${line}\n`;
  }
}

/** Resolves when the connection took it, or will not. */
function write(stream: Writable, text: string): Promise<unknown> {
  return new Promise((resolve) => stream.write(Buffer.from(text), resolve));
}

function escaped(text: string): string {
  return text.search(special) === -1 ? text : text.replaceAll(special, (character) => meant[character] as string);
}
