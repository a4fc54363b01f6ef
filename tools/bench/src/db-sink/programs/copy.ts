import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { Client } from "pg";
import { from } from "pg-copy-streams";
import { percentile } from "../../statistics.ts";
import type { CopyOptions } from "../copy-protocol.ts";
import type { PeerResult } from "../peer-process.ts";

/** Larger pieces than this make one message of the protocol each. */
const pieceBytes = 64 * 1024;

/** Copies every batch of the file in a transaction, and prints what it took. */
async function main(): Promise<void> {
  const options = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as CopyOptions;
  const client = new Client({ connectionString: options.url });
  await client.connect();
  const input = openSync(options.file, "r");
  const result = await copyAll(client, input, options.statements);
  closeSync(input);
  process.stdout.write(`result ${JSON.stringify(result)}\n`);
  // Its memory is looked at before it is ended.
  setInterval(() => {}, 1000);
}

async function copyAll(client: Client, input: number, statements: readonly string[]): Promise<PeerResult> {
  const begunMs = performance.now();
  const cpu = process.cpuUsage();
  const commitMs: number[] = [];
  let rows = 0;
  for (let parts = readBatch(input, statements.length); parts !== undefined; parts = readBatch(input, statements.length)) {
    const startedMs = performance.now();
    await client.query("BEGIN");
    for (const [index, { text }] of parts.entries()) await copy(client, statements[index] as string, text);
    await client.query("COMMIT");
    commitMs.push(performance.now() - startedMs);
    rows += parts[0]?.rows ?? 0;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    rows,
    seconds: (performance.now() - begunMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    transactions: commitMs.length,
    commitP99Ms: percentile(commitMs, 0.99),
    stallMaxMs: Math.max(...commitMs),
  };
}

async function copy(client: Client, statement: string, text: Buffer): Promise<void> {
  const pieces = Array.from({ length: Math.ceil(text.length / pieceBytes) }, (_, index) =>
    text.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  await pipeline(Readable.from(pieces), client.query(from(statement)));
}

/** One part for each table; undefined at the end. */
function readBatch(input: number, tables: number): { readonly rows: number; readonly text: Buffer }[] | undefined {
  const parts: { readonly rows: number; readonly text: Buffer }[] = [];
  for (let table = 0; table < tables; table += 1) {
    const head = Buffer.alloc(8);
    if (readSync(input, head, 0, 8, null) < 8) return undefined;
    const text = Buffer.alloc(head.readUInt32BE(4));
    readSync(input, text, 0, text.length, null);
    parts.push({ rows: head.readUInt32BE(0), text });
  }
  return parts;
}

await main();
