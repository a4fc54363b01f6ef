import { type Floor, judgeFloors } from "../floors.ts";
import { median, rounded, spread } from "../statistics.ts";
import { formatTable } from "../table.ts";
import type { Run } from "./candidate.ts";

/** What db-sink has to reach. 250 MB are 238.4 MiB. */
export const floors: readonly Floor[] = [
  { name: "postgresVsSpringPerRecord", bound: "at least", value: 5 },
  { name: "postgresVsSpringBatch", bound: "at least", value: 1 },
  { name: "postgresVsCopy", bound: "at least", value: 0.35 },
  { name: "mariadbVsSpringBatch", bound: "at least", value: 1 },
  { name: "rssMiB", bound: "at most", value: 238.4 },
  { name: "stallMaxMs", bound: "at most", value: 1000 },
];

/** All runs of all candidates, by name. */
export type Runs = ReadonlyMap<string, readonly Run[]>;

/** The rounds of one candidate in one: medians, but the worst of memory, stall and foreign load. */
export type Summary = Readonly<Record<string, number>>;

/** What the names of candidates mean for the ratios. */
export const names = {
  postgresql: "gatelog, PostgreSQL",
  postgresqlText: "gatelog, PostgreSQL, text search",
  mariadb: "gatelog, MariaDB",
  sqlite: "gatelog, SQLite",
  springRecord: "Spring per record, PostgreSQL",
  springBatch: "Spring batch, PostgreSQL",
  springBatchMariadb: "Spring batch, MariaDB",
  copy: "COPY, PostgreSQL",
} as const;

/** Candidates whose memory and stalls the floors are for: ours as it comes. */
const ours: readonly string[] = [names.postgresql, names.mariadb, names.sqlite];

/** Ours through theirs, of what was measured. */
export function ratiosOf(runs: Runs): Record<string, number> {
  const pairs = {
    postgresVsSpringPerRecord: [names.postgresql, names.springRecord],
    postgresVsSpringBatch: [names.postgresql, names.springBatch],
    postgresVsCopy: [names.postgresql, names.copy],
    mariadbVsSpringBatch: [names.mariadb, names.springBatchMariadb],
  } as const;
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([ratio, [our, their]]) => {
      const [a, b] = [runs.get(our) ?? [], runs.get(their) ?? []];
      if (a.length === 0 || b.length === 0) return [];
      return [
        [ratio, rounded(median(a.map(({ rowsPerSecond }) => rowsPerSecond)) / median(b.map(({ rowsPerSecond }) => rowsPerSecond)), 3)],
      ];
    }),
  );
}

/** The figures that stand alone: speed and cost on PostgreSQL, the worst of ours on all databases. */
export function mainFigures(runs: Runs): Record<string, number> {
  const all = ours.flatMap((name) => runs.get(name) ?? []);
  const postgresql = runs.get(names.postgresql) ?? [];
  const speed = postgresql.length === 0 ? {} : pick(summarise(postgresql), ["rowsPerSecond", "cpuMicrosPerRow", "commitP99Ms"]);
  if (all.length === 0) return speed;
  return { ...speed, ...pick(summarise(all), ["rssMiB", "stallMaxMs"]) };
}

export function summarise(rounds: readonly Run[]): Summary {
  const all = (figure: keyof Run) => rounds.map((round) => round[figure]);
  return {
    rows: median(all("rows")),
    rowsPerSecond: Math.round(median(all("rowsPerSecond"))),
    spread: rounded(spread(all("rowsPerSecond"))),
    cpuMicrosPerRow: rounded(median(all("cpuMicrosPerRow")), 1),
    rssMiB: rounded(Math.max(...all("rssMiB")), 1),
    transactions: median(all("transactions")),
    commitP99Ms: rounded(median(all("commitP99Ms")), 1),
    stallMaxMs: Math.round(Math.max(...all("stallMaxMs"))),
    foreignCores: rounded(Math.max(...all("foreignCores"))),
  };
}

/** One sentence for each floor whose figure was measured. */
export function judge(measured: Readonly<Record<string, number>>): string[] {
  return judgeFloors(floors, measured);
}

/** All candidates as a table. */
export function runsTable(summaries: Readonly<Record<string, Summary>>): string {
  const [first = {}] = Object.values(summaries);
  const columns = Object.keys(first);
  return formatTable(
    ["", ...columns],
    Object.entries(summaries).map(([name, summary]) => [name].concat(columns.map((column) => String(summary[column] ?? "")))),
  );
}

/** One line for people. */
export function describeRun(name: string, run: Run): string {
  const { rowsPerSecond, cpuMicrosPerRow, rssMiB, transactions, commitP99Ms, stallMaxMs, foreignCores } = run;
  const commits = `${transactions} commits, p99 ${commitP99Ms.toFixed(0)} ms, stall ${stallMaxMs.toFixed(0)} ms`;
  return `${name.padEnd(34)} ${rowsPerSecond.toFixed(0).padStart(7)} rows/s  ${cpuMicrosPerRow.toFixed(1).padStart(6)} µs CPU  ${rssMiB.toFixed(0).padStart(4)} MiB  ${commits}  (others: ${foreignCores.toFixed(2)} cores)`;
}

function pick(summary: Summary, figures: readonly string[]): Record<string, number> {
  return Object.fromEntries(figures.map((name) => [name, summary[name] ?? NaN]));
}
