import { startPostgres } from "@gatelog/testkit";
import { openDatabase } from "@gatelog/database";
import { readMessage } from "../../../apps/db-sink/src/read-message.ts";
import { createRecordGenerator } from "./processor/records.ts";
import { readFileSync } from "node:fs";
import { execSync } from "node:child_process";
const which = process.argv[2] ?? "pg"; const N = Number(process.argv[3] ?? 60000); const B = Number(process.argv[4] ?? 1000);
const server = which === "pg" ? await startPostgres() : undefined;
const db = openDatabase(server?.url ?? "file:/var/tmp/s14/t.db");
await db.migrate(); await db.createPartitions(Date.parse("2026-11-23T12:00:00Z"));
const next = createRecordGenerator();
const messages = Array.from({ length: N }, (_, i) => { const line = next(); const id = JSON.parse(line).id; return { key: id, value: Buffer.from(line), headers: { "gatelog-id": id, "gatelog-time": JSON.parse(line).requestTime, "gatelog-type": "record" }, offset: String(i) }; });
console.log("bytes", messages.reduce((s, m) => s + m.value.length, 0) / N);
const place = { topic: "k", partition: 0 };
const hz = 100; const ticks = (pid: number) => { try { const f = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" "); return (Number(f[11]) + Number(f[12])) / hz; } catch { return 0; } };
const backends = () => server === undefined ? 0 : execSync(`ps --ppid ${server.pid} -o pid=`).toString().trim().split(/\s+/).reduce((s, p) => s + ticks(Number(p)), 0);
let parse = 0, store = 0; const c0 = process.cpuUsage(); const s0 = backends(); const t0 = performance.now();
const walls: number[] = [];
for (let i = 0; i < N; i += B) {
  let a = performance.now();
  const items = messages.slice(i, i + B).map((m) => readMessage(m, place, { seedTimeZone: "UTC", value: "raw" }));
  parse += performance.now() - a; a = performance.now();
  await db.store({ calls: items.map((x) => (x.row as any).call), marks: [], source: "k/0" });
  walls.push(performance.now() - a); store += performance.now() - a;
}
const ms = performance.now() - t0; const c = process.cpuUsage(c0); const s1 = backends();
walls.sort((a, b) => a - b);
console.log(`${which} ${(N / ms * 1000).toFixed(0)} rows/s parse ${(parse / N * 1000).toFixed(1)}us store ${(store / N * 1000).toFixed(1)}us client cpu ${((c.user + c.system) / N).toFixed(1)}us server cpu ${((s1 - s0) * 1e6 / N).toFixed(1)}us p50 ${walls[walls.length >> 1]!.toFixed(1)} p99 ${walls[Math.floor(walls.length * 0.99)]!.toFixed(1)} rss ${(process.memoryUsage().rss / 1048576).toFixed(0)}`);
await db.close(); await server?.stop();
