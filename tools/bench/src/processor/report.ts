import { type Floor, judgeFloors } from "../floors.ts";
import { median, rounded, spread } from "../statistics.ts";
import { formatTable } from "../table.ts";
import type { Throughput } from "./throughput.ts";

/** What the processor has to reach. 300 MB are 286.1 MiB. */
export const floors: readonly Floor[] = [
  { name: "nullEventsPerSecond", bound: "at least", value: 90_000 },
  { name: "kafkaVsProducerPerf", bound: "at least", value: 0.35 },
  { name: "elasticsearchVsBareBulk", bound: "at least", value: 0.6 },
  { name: "rssMiB", bound: "at most", value: 286.1 },
];

/** One sentence for each floor whose figure was measured. */
export function judge(measured: Readonly<Record<string, number>>): string[] {
  return judgeFloors(floors, measured);
}

/** The rounds of one route in one: medians, but the highest memory and the highest foreign load. */
export type Summary = Readonly<Record<string, number>>;

export function summarise(rounds: readonly Throughput[]): Summary {
  const all = (figure: Exclude<keyof Throughput, "span">) => rounds.map((round) => round[figure]);
  return {
    eventsPerSecond: Math.round(median(all("eventsPerSecond"))),
    spread: rounded(spread(all("eventsPerSecond"))),
    acknowledgedPerSecond: Math.round(median(all("acknowledgedPerSecond"))),
    cpuMicrosPerEvent: rounded(median(all("cpuMicrosPerEvent"))),
    rssMiB: rounded(Math.max(...all("rssMiB")), 1),
    senderCpuMicrosPerEvent: rounded(median(all("senderCpuMicrosPerEvent"))),
    foreignCores: rounded(Math.max(...all("foreignCores"))),
  };
}

/** All routes as a table. */
export function routesTable(summaries: Readonly<Record<string, Summary>>): string {
  const [first = {}] = Object.values(summaries);
  const columns = Object.keys(first);
  return formatTable(
    ["", ...columns],
    Object.entries(summaries).map(([name, summary]) => [name].concat(columns.map((column) => String(summary[column] ?? "")))),
  );
}

/** One line for people. */
export function describeRun(
  name: string,
  { eventsPerSecond, cpuMicrosPerEvent, rssMiB, senderCpuMicrosPerEvent, foreignCores }: Throughput,
): string {
  const sender = `(sender: ${senderCpuMicrosPerEvent.toFixed(2)} µs, others: ${foreignCores.toFixed(2)} cores)`;
  return `${name.padEnd(34)} ${eventsPerSecond.toFixed(0).padStart(8)} events/s  ${cpuMicrosPerEvent.toFixed(2).padStart(6)} µs CPU  ${rssMiB.toFixed(0).padStart(4)} MiB  ${sender}`;
}
