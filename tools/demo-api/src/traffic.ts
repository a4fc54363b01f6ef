import { sendTraffic, type TrafficCounts } from "./send-traffic.ts";
import { readTrafficOptions, usage } from "./traffic-options.ts";

const progressMs = 5000;

/** Sends demo calls until Ctrl-C; exit 0 when any was answered or none was asked for. */
async function main(): Promise<void> {
  const options = readTrafficOptions(process.argv.slice(2));
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  console.log(`sending ${options.ratePerSecond} calls a second to ${options.gateway} (seed ${options.seed}); Ctrl-C ends it`);
  let saidMs = performance.now();
  const counts = await sendTraffic(options, stop.signal, (soFar) => {
    if (performance.now() - saidMs < progressMs) return;
    saidMs = performance.now();
    console.log(summary(soFar));
  });
  console.log(summary(counts));
  if (counts.failed > 0 && counts.answered.size === 0)
    throw new Error(`no call was answered: is the gateway running at ${options.gateway}?`);
}

function summary({ sent, answered, failed }: TrafficCounts): string {
  const byStatus = [...answered].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  return `${sent} calls sent; ${byStatus.join(", ") || "no answers"}${failed > 0 ? `; ${failed} without an answer` : ""}`;
}

try {
  await main();
} catch (error) {
  console.error(`gatelog demo-traffic: ${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
  process.exitCode = 1;
}
