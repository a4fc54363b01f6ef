import { measureBacklog } from "./backlog.ts";
import type { Contender } from "./contender.ts";
import type { Delivery } from "./delivery.ts";
import { gatelogTailer } from "./gatelog-tailer.ts";
import type { FileSet } from "./lines.ts";
import type { Programs } from "./programs.ts";
import { measureReadLimit } from "./read-limit.ts";
import { rsyslog } from "./rsyslog.ts";

/** The lines as they lie on disk. */
export interface Corpus {
  readonly oneFile: FileSet;
  readonly hundredFiles: FileSet;
}

/** Something that reads the lines: a tailer that delivers them, or the read limit, which does not. */
export interface Entrant {
  readonly name: string;
  /** Whether a ratio comes from it: it runs in every round, the others in the first ones. */
  readonly isMain: boolean;
  measure(): Promise<Round>;
}

/** One reading of all lines. */
export type Round = Pick<Delivery, "eventsPerSecond" | "cpuMicrosPerEvent"> &
  Partial<Pick<Delivery, "rssMiB" | "wireBytesPerEvent" | "receiverCpuMicrosPerEvent" | "foreignCores">>;

/** The names that ratios and main figures are made of. */
export const mainNames = { ours: "gatelog, one file", rsyslog: "rsyslog, one file", readLimit: "read limit, one file" } as const;

/** All that read the lines in turn. */
export function entrantsOf(options: { readonly bundle: string; readonly programs: Programs; readonly corpus: Corpus }): Entrant[] {
  const { bundle, programs, corpus } = options;
  const deliver = (contender: Contender, files: FileSet, isMain = false): Entrant => ({
    name: contender.name,
    isMain,
    measure: () => measureBacklog(contender, { files, programs }),
  });
  const limit = (name: string, files: FileSet, isMain = false): Entrant => ({
    name,
    isMain,
    measure: () => Promise.resolve(readLimitRound(programs["read-limit"], files)),
  });
  const ours = (name: string, compressionLevel: number) => gatelogTailer({ name, bundle, compressionLevel });
  const { oneFile, hundredFiles } = corpus;
  return [
    deliver(ours(mainNames.ours, 3), oneFile, true),
    deliver(rsyslog({ name: mainNames.rsyslog, zip: false }), oneFile, true),
    limit(mainNames.readLimit, oneFile, true),
    deliver(ours("gatelog, 100 files", 3), hundredFiles),
    deliver(rsyslog({ name: "rsyslog, 100 files", zip: false }), hundredFiles),
    limit("read limit, 100 files", hundredFiles),
    deliver(ours("gatelog, one file, compression 0", 0), oneFile),
    deliver(rsyslog({ name: "rsyslog, one file, zip", zip: true }), oneFile),
    deliver(ours("gatelog, 100 files, compression 0", 0), hundredFiles),
  ];
}

/** How often. */
export interface ContestPlan {
  readonly rounds: number;
  /** Rounds of what is not main. */
  readonly otherRounds: number;
}

/** Lets all read the lines in turn, every second round in the opposite order. */
export async function runContest(
  entrants: readonly Entrant[],
  plan: ContestPlan,
  say: (text: string) => void,
): Promise<Map<string, Round[]>> {
  const rounds = new Map<string, Round[]>(entrants.map(({ name }) => [name, []]));
  for (let n = 0; n < plan.rounds; n += 1) {
    const due = entrants.filter(({ isMain }) => isMain || n < plan.otherRounds);
    for (const entrant of n % 2 === 0 ? due : due.toReversed()) {
      const round = await entrant.measure();
      rounds.get(entrant.name)?.push(round);
      say(`round ${n + 1}/${plan.rounds}  ${describeRound(entrant.name, round)}`);
    }
  }
  return rounds;
}

function readLimitRound(program: string, files: FileSet): Round {
  const { lines, seconds, cpuSeconds } = measureReadLimit(program, files);
  return { eventsPerSecond: lines / seconds, cpuMicrosPerEvent: (cpuSeconds / lines) * 1e6 };
}

/** One line for people. */
export function describeRound(name: string, round: Round): string {
  const { eventsPerSecond, cpuMicrosPerEvent, rssMiB, receiverCpuMicrosPerEvent, foreignCores } = round;
  const memory = rssMiB === undefined ? "" : `  ${rssMiB.toFixed(0).padStart(4)} MiB`;
  const others =
    foreignCores === undefined
      ? ""
      : `  (receiver: ${(receiverCpuMicrosPerEvent ?? 0).toFixed(2)} µs, others: ${foreignCores.toFixed(2)} cores)`;
  return `${name.padEnd(34)} ${eventsPerSecond.toFixed(0).padStart(8)} events/s  ${cpuMicrosPerEvent.toFixed(2).padStart(6)} µs CPU${memory}${others}`;
}
