import { join } from "node:path";
import { buildApp } from "../build-app.ts";
import { benchDirectory } from "../clean-up.ts";
import { installMissing } from "../debian.ts";
import { describeCommit, describeMachine } from "../machine.ts";
import { writeResults, type Figures } from "../results.ts";
import { median, rounded } from "../statistics.ts";
import { measureBacklog } from "./backlog.ts";
import { entrantsOf, mainNames, runContest, type ContestPlan } from "./contest.ts";
import type { Delivery } from "./delivery.ts";
import { gatelogTailer } from "./gatelog-tailer.ts";
import { measureIdle } from "./idle.ts";
import { createLineGenerator, writeFileSet, writeLines } from "./lines.ts";
import { measureLiveTail, type LiveTail } from "./live.ts";
import { profileTailer } from "./profile.ts";
import { buildPrograms, type Programs } from "./programs.ts";
import { contestTable, describeIdle, describeLiveTail, figuresOfIdle, figuresOfLiveTails, judge, ratiosOf, summarise } from "./report.ts";
import type { Stall } from "./receiver-protocol.ts";
import { rsyslogProgram } from "./rsyslog.ts";

/** How much of everything. */
interface Plan extends ContestPlan {
  readonly lines: number;
  readonly liveRounds: number;
  readonly liveSeconds: number;
  readonly idleSeconds: number;
  readonly stall: Stall;
}

const fullPlan: Plan = {
  rounds: 5,
  otherRounds: 3,
  lines: 1_000_000,
  liveRounds: 3,
  liveSeconds: 20,
  idleSeconds: 60,
  stall: { afterEvents: 50_000, pauseMs: 10_000, ackDelayMs: 20, untilEvents: 300_000 },
};
const quickPlan: Plan = {
  rounds: 2,
  otherRounds: 1,
  lines: 200_000,
  liveRounds: 1,
  liveSeconds: 10,
  idleSeconds: 20,
  stall: { afterEvents: 20_000, pauseMs: 4000, ackDelayMs: 20, untilEvents: 60_000 },
};
/** Lines of the live tail, which are written over and over. */
const poolLines = 20_000;
/** More than may be open at the same time. */
const backlogFiles = 1000;

type Say = (text: string) => void;

/** What the command line says. */
export interface TailerBenchOptions {
  /** Fewer lines and rounds; nothing is written. */
  readonly isQuick: boolean;
  /** A built `main.js` of the tailer to measure; by default this tree's is built. */
  readonly bundle: string | undefined;
  /** Profiles ours for so long instead of comparing. */
  readonly profileSeconds: number | undefined;
}

type LiveName = "compression 3" | "compression 0";

/** What all measurements share. */
interface Bench {
  readonly bundle: string;
  readonly programs: Programs;
  readonly directory: string;
  readonly plan: Plan;
}

/** Measures the tailer beside rsyslog and the read limit. */
export async function benchTailer(options: TailerBenchOptions, say: Say): Promise<void> {
  if (process.platform !== "linux") throw new Error("this bench needs Linux: it reads CPU time and memory from /proc");
  if (options.profileSeconds === undefined) installMissing([rsyslogProgram], say);
  const machine = describeMachine();
  const bundle = options.bundle ?? buildApp("tailer");
  const directory = await benchDirectory("tailer");
  try {
    const plan = options.isQuick ? quickPlan : fullPlan;
    const bench = { bundle, plan, directory: directory.path, programs: await buildPrograms(join(directory.path, "programs")) };
    if (options.profileSeconds !== undefined) return await profileTailer({ ...bench, seconds: options.profileSeconds }, say);
    const { ratios, figures } = await benchAll(bench, say);
    if (options.isQuick) return;
    say(`\nwritten: ${writeResults({ name: "tailer", commit: describeCommit(), machine, rounds: plan.rounds, ratios, figures })}`);
  } finally {
    await directory.remove();
  }
}

async function benchAll(bench: Bench, say: Say): Promise<{ ratios: Record<string, number>; figures: Figures }> {
  const runs = await contest(bench, say);
  const live = await liveTails(bench, say);
  const backlog = await stalledBacklog(bench, say);
  const idle = await measureIdle({ ...bench, seconds: bench.plan.idleSeconds });
  say(describeIdle(idle));
  const ours = runs[mainNames.ours] ?? {};
  const rssOfRuns = Object.entries(runs).flatMap(([name, { rssMiB }]) =>
    name.startsWith("gatelog") && rssMiB !== undefined ? [rssMiB] : [],
  );
  const main = {
    eventsPerSecond: ours["eventsPerSecond"] ?? NaN,
    cpuMicrosPerEvent: ours["cpuMicrosPerEvent"] ?? NaN,
    rssMiB: ours["rssMiB"] ?? NaN,
    liveP99Ms: median(live["compression 3"].map(({ latency }) => latency.p99Ms)),
    idleCpuPercent: rounded(idle.cpuPercent),
    rssMiBMax: rounded(
      Math.max(
        ...rssOfRuns,
        backlog.rssMiB,
        idle.rssMiB,
        ...Object.values(live)
          .flat()
          .map(({ rssMiB }) => rssMiB),
      ),
      1,
    ),
  };
  const ratios = ratiosOf(runs);
  say(`\n${contestTable(runs)}\n`);
  for (const [name, value] of Object.entries({ ...ratios, ...main })) say(`${name.padEnd(28)} ${value}`);
  say(`\n${judge(main).join("\n")}`);
  const liveFigures = Object.fromEntries(Object.entries(live).map(([name, tails]) => [name, figuresOfLiveTails(tails)]));
  return { ratios, figures: { ...main, runs, live: liveFigures, backlog: summarise([backlog]), idle: figuresOfIdle(idle) } };
}

async function contest({ bundle, programs, directory, plan }: Bench, say: Say) {
  say(`writing twice ${plan.lines} lines …`);
  const corpus = {
    oneFile: writeFileSet(join(directory, "one"), { files: 1, lines: plan.lines }),
    hundredFiles: writeFileSet(join(directory, "hundred"), { files: 100, lines: plan.lines }),
  };
  say(`${(corpus.oneFile.bytes / corpus.oneFile.lines).toFixed(0)} bytes a line`);
  const rounds = await runContest(entrantsOf({ bundle, programs, corpus }), plan, say);
  return Object.fromEntries([...rounds].map(([name, each]) => [name, summarise(each)]));
}

async function liveTails({ bundle, programs, directory, plan }: Bench, say: Say): Promise<Record<LiveName, LiveTail[]>> {
  const poolFile = join(directory, "pool.log");
  writeLines(poolFile, poolLines, createLineGenerator());
  const tails: Record<LiveName, LiveTail[]> = { "compression 3": [], "compression 0": [] };
  const measure = async (name: LiveName, compressionLevel: number) => {
    const tailer = gatelogTailer({ name: `gatelog live, ${name}`, bundle, compressionLevel });
    const tail = await measureLiveTail(tailer, { poolFile, seconds: plan.liveSeconds, programs });
    tails[name].push(tail);
    say(describeLiveTail(tailer.name, tail));
  };
  for (let n = 0; n < plan.liveRounds; n += 1) await measure("compression 3", 3);
  await measure("compression 0", 0);
  return tails;
}

/** Many files, and a receiver that stops for a while, is slow for a while, and then recovers. */
async function stalledBacklog({ bundle, programs, directory, plan }: Bench, say: Say): Promise<Delivery> {
  const files = writeFileSet(join(directory, "backlog"), { files: backlogFiles, lines: plan.lines });
  const tailer = gatelogTailer({ name: "gatelog backlog", bundle, compressionLevel: 3 });
  const delivery = await measureBacklog(tailer, { files, programs, stall: plan.stall });
  say(`${backlogFiles} files, receiver stalls: ${delivery.seconds.toFixed(1)} s, peak ${delivery.rssMiB.toFixed(0)} MiB`);
  return delivery;
}
