import { buildApp } from "../build-app.ts";
import { installMissing } from "../debian.ts";
import { describeCommit, describeMachine } from "../machine.ts";
import { nginxProgram } from "../nginx.ts";
import { writeResults, type Figures } from "../results.ts";
import { wrkProgram } from "../wrk.ts";
import { compareLatency } from "./constant-rate.ts";
import { judge } from "./floors.ts";
import { audited, gatelog, twoWorkers } from "./gatelog.ts";
import { compareUnderMainLoad, summarise, type Plan } from "./main-load.ts";
import { measureMemory } from "./memory.ts";
import { original, tuned } from "./original.ts";
import { profileGateway } from "./profile.ts";
import { mainTable, ratioLines, ratiosOf, type Summaries } from "./report.ts";
import { withRunning } from "./running.ts";
import { sweepAll } from "./sweeps.ts";
import { startUpstream } from "./upstream.ts";

const quickPlan: Plan = { rounds: 3, roundSeconds: 4, warmUpSeconds: 4 };
const fullPlan: Plan = { rounds: 8, roundSeconds: 5, warmUpSeconds: 8 };

type Say = (text: string) => void;

/** What the command line says. */
export interface GatewayBenchOptions {
  /** Short rounds of the main comparison alone; nothing is written. */
  readonly isQuick: boolean;
  /** A built `main.js` of the gateway to measure; by default this tree's is built. */
  readonly bundle: string | undefined;
  /** Profiles ours for so long instead of comparing. */
  readonly profileSeconds: number | undefined;
}

/** Measures the gateway beside the original. */
export async function benchGateway(options: GatewayBenchOptions, say: Say): Promise<void> {
  if (process.platform !== "linux") throw new Error("this bench needs Linux: it reads CPU time and memory from /proc");
  installMissing([nginxProgram, wrkProgram], say);
  const bundle = options.bundle ?? buildApp("gateway");
  const upstream = await startUpstream();
  try {
    if (options.profileSeconds !== undefined)
      await profileGateway({ upstreamPort: upstream.port, bundle, seconds: options.profileSeconds }, say);
    else if (options.isQuick) await compareMain({ upstreamPort: upstream.port, bundle, plan: quickPlan }, say);
    else await benchAll(upstream.port, bundle, say);
  } finally {
    await upstream.stop();
  }
}

async function benchAll(upstreamPort: number, bundle: string, say: Say): Promise<void> {
  const machine = describeMachine();
  const main = await compareMain({ upstreamPort, bundle, plan: fullPlan }, say);
  const peak = main.summaries["original"]?.requestsPerSecond ?? 0;
  const latency = await withRunning([original, gatelog(bundle)], upstreamPort, (running) => compareLatency(running, peak, say));
  const sweeps = await withRunning([original, tuned, gatelog(bundle)], upstreamPort, (running) => sweepAll(running, say));
  const memory = await measureMemory(gatelog(bundle), { upstreamPort, mainLoad: main.summaries["gatelog"]?.rssMiB ?? 0 }, say);
  const ratios = { ...main.ratios, p99VsOriginal: latency.p99VsOriginal };
  const figures: Figures = { main: main.summaries, leftOut: main.leftOut, latency: latency.figures, ...sweeps, ...memory };
  say(`\n${mainTable(main.summaries)}\n\n${ratioLines(ratios)}\n\n${judge({ ...ratios, rssMiB: memory.rssMiB }).join("\n")}`);
  say(`\nwritten: ${writeResults({ name: "gateway", commit: describeCommit(), machine, rounds: fullPlan.rounds, ratios, figures })}`);
}

/** The comparison that most ratios come from. */
async function compareMain(options: { upstreamPort: number; bundle: string; plan: Plan }, say: Say) {
  const { upstreamPort, bundle, plan } = options;
  const candidates = [original, tuned, gatelog(bundle), audited(bundle), twoWorkers(bundle)];
  return withRunning(candidates, upstreamPort, async (running, leftOut) => {
    for (const [name, reason] of Object.entries(leftOut)) say(`${name} is left out: ${reason}`);
    const rounds = await compareUnderMainLoad(running, plan, say);
    const summaries: Summaries = Object.fromEntries([...rounds].map(([name, each]) => [name, summarise(each)]));
    const ratios = ratiosOf(summaries);
    say(`\n${mainTable(summaries)}\n\n${ratioLines(ratios)}\n\n${judge(ratios).join("\n")}\n`);
    return { summaries, leftOut, ratios };
  });
}
