import { rounded } from "../statistics.ts";
import { formatTable } from "../table.ts";
import type { MainSummary } from "./main-load.ts";

/** The main figures of each candidate that was measured, by name. */
export type Summaries = Readonly<Record<string, MainSummary>>;

/** Ours through the original's; what was not measured is left out. */
export function ratiosOf(summaries: Summaries): Record<string, number> {
  const ratio = (figure: keyof MainSummary, ours: string, theirs: string): [number] | [] => {
    const [mine, other] = [summaries[ours]?.[figure], summaries[theirs]?.[figure]];
    return mine === undefined || other === undefined ? [] : [rounded(mine / other)];
  };
  const all: Readonly<Record<string, [number] | []>> = {
    throughputVsOriginal: ratio("requestsPerSecond", "gatelog", "original"),
    throughputVsTunedOriginal: ratio("requestsPerSecond", "gatelog", "tuned"),
    cpuPerRequestVsOriginal: ratio("cpuPerRequestUs", "gatelog", "original"),
    auditThroughputVsOriginal: ratio("requestsPerSecond", "gatelog-audit", "original"),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])));
}

/** The main comparison as a table. */
export function mainTable(summaries: Summaries): string {
  const columns = ["requestsPerSecond", "spread", "cpuPerRequestUs", "p99Ms", "rssMiB", "refused", "broken", "foreignCores"] as const;
  const rows = Object.entries(summaries).map(([name, summary]) => [name].concat(columns.map((column) => String(summary[column]))));
  return formatTable(["candidate", ...columns], rows);
}

/** Ratios, and whether the floors are met. */
export function ratioLines(ratios: Readonly<Record<string, number>>): string {
  return Object.entries(ratios)
    .map(([name, value]) => `${name.padEnd(28)} ${value}`)
    .join("\n");
}
