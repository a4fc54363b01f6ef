import { judgeFloors, type Floor } from "../floors.ts";
import { median, rounded, spread } from "../statistics.ts";
import { formatTable } from "../table.ts";
import type { Figures } from "../results.ts";
import { mainNames, type Round } from "./contest.ts";
import type { IdleFigures } from "./idle.ts";
import type { LiveTail } from "./live.ts";

/** What the tailer has to reach. 120 MB are 114.4 MiB. */
export const floors: readonly Floor[] = [
  { name: "eventsPerSecond", bound: "at least", value: 120_000 },
  { name: "cpuMicrosPerEvent", bound: "at most", value: 7 },
  { name: "liveP99Ms", bound: "at most", value: 100 },
  { name: "rssMiB", bound: "at most", value: 114.4 },
  { name: "rssMiBMax", bound: "at most", value: 114.4 },
  { name: "idleCpuPercent", bound: "at most", value: 1 },
];

/** One sentence for each floor whose figure was measured. */
export function judge(measured: Readonly<Record<string, number>>): string[] {
  return judgeFloors(floors, measured);
}

/** The rounds of one entrant in one: medians, but the highest memory and the highest foreign load. */
export type Summary = Readonly<Record<string, number>>;

/** Sums up what was measured in every round. */
export function summarise(rounds: readonly Round[]): Summary {
  const all = (figure: keyof Round) => rounds.flatMap((round) => (round[figure] === undefined ? [] : [round[figure]]));
  const summary: Record<string, number> = {
    eventsPerSecond: Math.round(median(all("eventsPerSecond"))),
    spread: rounded(spread(all("eventsPerSecond"))),
    cpuMicrosPerEvent: rounded(median(all("cpuMicrosPerEvent"))),
  };
  if (all("rssMiB").length === 0) return summary;
  return {
    ...summary,
    rssMiB: rounded(Math.max(...all("rssMiB")), 1),
    wireBytesPerEvent: rounded(median(all("wireBytesPerEvent")), 1),
    receiverCpuMicrosPerEvent: rounded(median(all("receiverCpuMicrosPerEvent"))),
    foreignCores: rounded(Math.max(...all("foreignCores"))),
  };
}

/** Ours through theirs. */
export function ratiosOf(summaries: Readonly<Record<string, Summary>>): Record<string, number> {
  const of = (name: string, figure: string) => summaries[name]?.[figure] ?? NaN;
  const ratio = (figure: string, theirs: string) => rounded(of(mainNames.ours, figure) / of(theirs, figure), 3);
  return {
    throughputVsRsyslog: ratio("eventsPerSecond", mainNames.rsyslog),
    throughputVsReadLimit: ratio("eventsPerSecond", mainNames.readLimit),
    cpuPerEventVsRsyslog: ratio("cpuMicrosPerEvent", mainNames.rsyslog),
    throughputVsRsyslogZip: ratio("eventsPerSecond", "rsyslog, one file, zip"),
  };
}

/** All that read the lines as a table. */
export function contestTable(summaries: Readonly<Record<string, Summary>>): string {
  const columns = [
    "eventsPerSecond",
    "spread",
    "cpuMicrosPerEvent",
    "rssMiB",
    "wireBytesPerEvent",
    "receiverCpuMicrosPerEvent",
    "foreignCores",
  ];
  const rows = Object.entries(summaries).map(([name, summary]) => [name].concat(columns.map((column) => String(summary[column] ?? ""))));
  return formatTable(["", ...columns], rows);
}

/** One line for people. */
export function describeLiveTail(
  name: string,
  { latency, cpuMicrosPerEvent, rssMiB, rotations, writerLateMsMax, foreignCores }: LiveTail,
): string {
  const { p50Ms, p99Ms, maxMs } = latency;
  return `${name.padEnd(34)} p50 ${p50Ms} ms  p99 ${p99Ms} ms  max ${maxMs} ms  ${cpuMicrosPerEvent.toFixed(2)} µs CPU  ${rssMiB.toFixed(0)} MiB  ${rotations} rotations  (writer late by ${writerLateMsMax} ms, others: ${foreignCores.toFixed(2)} cores)`;
}

/** One line for people. */
export function describeIdle({ files, cpuPercent, rssMiB, foreignCores }: IdleFigures): string {
  return `${files} idle files: ${cpuPercent.toFixed(2)} % of a core, ${rssMiB.toFixed(0)} MiB  (others: ${foreignCores.toFixed(2)} cores)`;
}

/** Medians, but the longest latency and the worst delay of the writer. */
export function figuresOfLiveTails(tails: readonly LiveTail[]): Figures {
  const { cpuMicrosPerEvent = NaN, rssMiB = NaN, foreignCores = NaN } = summarise(tails);
  const all = (read: (tail: LiveTail) => number) => tails.map(read);
  return {
    samples: all(({ latency }) => latency.samples).reduce((sum, each) => sum + each, 0),
    p50Ms: median(all(({ latency }) => latency.p50Ms)),
    p99Ms: median(all(({ latency }) => latency.p99Ms)),
    maxMs: Math.max(...all(({ latency }) => latency.maxMs)),
    rotations: all(({ rotations }) => rotations).reduce((sum, each) => sum + each, 0),
    writerLateMsMax: Math.max(...all(({ writerLateMsMax }) => writerLateMsMax)),
    cpuMicrosPerEvent,
    rssMiB,
    foreignCores,
  };
}

/** For the results. */
export function figuresOfIdle({ files, cpuPercent, rssMiB, foreignCores }: IdleFigures): Figures {
  return { files, cpuPercent: rounded(cpuPercent), rssMiB: rounded(rssMiB, 1), foreignCores: rounded(foreignCores) };
}
