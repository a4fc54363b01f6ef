// A process of its own that creates documents by bulk requests, as fast as the cluster takes them, and does nothing else: what no client can be faster than.
import { Agent, request } from "node:http";
import type { BulkLoopOptions, BulkLoopReport } from "../bulk-loop-protocol.ts";

const { url, index, documents, requestDocuments, requestsAtOnce, body } = JSON.parse(process.argv[2] ?? "{}") as BulkLoopOptions;
const agent = new Agent({ keepAlive: true, maxSockets: requestsAtOnce });
const idDigits = 12;
let started = 0;
let created = 0;

process.on("disconnect", () => process.exit());

const startedAt = performance.now();
await Promise.all(Array.from({ length: requestsAtOnce }, loop));
const report: BulkLoopReport = { created, seconds: (performance.now() - startedAt) / 1000 };
process.send?.(report, () => process.exit());

async function loop(): Promise<void> {
  while (started < documents) {
    const first = started;
    started += requestDocuments;
    created += await bulk(linesFrom(first));
  }
}

/** Every document is the same, but for its id. */
function linesFrom(first: number): Buffer {
  let text = "";
  for (let number = first; number < first + requestDocuments; number += 1)
    text += `{"create":{"_index":"${index}","_id":"0199a1b2-c3d4-7000-9000-${number.toString(16).padStart(idDigits, "0")}"}}\n${body}\n`;
  return Buffer.from(text);
}

function bulk(lines: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-ndjson", "content-length": lines.length };
    const call = request(`${url}/_bulk?filter_path=errors,items.*.status`, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { errors, items } = JSON.parse(Buffer.concat(chunks).toString()) as { errors: boolean; items: unknown[] };
        if (errors) reject(new Error(`a bulk request had errors: ${JSON.stringify(items).slice(0, 300)}`));
        else resolve(items.length);
      });
    });
    call.on("error", reject);
    call.end(lines);
  });
}
