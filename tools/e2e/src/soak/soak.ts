import { temporaryDirectory } from "@gatelog/testkit";
import { readBoots } from "./boots.ts";
import { accountOfCalls } from "./call-checks.ts";
import { ledgerViolations } from "./ledger-checks.ts";
import { SoakGateway } from "./soak-gateway.ts";
import { SoakRun, type RunOptions } from "./soak-run.ts";
import { startSoakUpstream } from "./soak-upstream.ts";

/** What a run is made of. */
export interface SoakOptions extends RunOptions {
  /** Answers wait for their records. */
  readonly isAudited: boolean;
  readonly bundle?: string | undefined;
}

/** What a run did and found. */
export interface SoakReport {
  readonly calls: number;
  /** Calls of which the client had the last byte. */
  readonly wholeAnswers: number;
  readonly records: number;
  readonly kills: number;
  readonly stops: number;
  readonly boots: number;
  readonly marks: number;
  /** Numbers without a record, each one of a call that was cut or, where answers do not wait, lost. */
  readonly gaps: number;
  /** Whole answers without a record. */
  readonly lost: number;
  readonly doubled: number;
  readonly tornFiles: number;
  readonly seconds: number;
  /** One sentence each; empty when all is accounted for. */
  readonly violations: readonly string[];
  /** Where the files are, which are kept when something is wrong. */
  readonly directory: string;
}

/** Calls the gateway over many connections while it is killed at random moments and started again at once, then accounts for every call. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const directory = await temporaryDirectory("gatelog-soak-");
  const upstream = await startSoakUpstream();
  const gateway = await SoakGateway.create({ ...options, directory: directory.path, upstream: upstream.origin });
  const startedMs = performance.now();
  try {
    const run = new SoakRun(options, gateway);
    const faults = await run.toEnd();
    const report = reportOf(run, { options, gateway, faults, seconds: Math.round((performance.now() - startedMs) / 1000) });
    if (report.violations.length === 0) await directory.remove();
    return report;
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

function reportOf(
  run: SoakRun,
  { options, gateway, faults, seconds }: { options: SoakOptions; gateway: SoakGateway; faults: readonly string[]; seconds: number },
): SoakReport {
  const boots = readBoots(gateway.logDirectory, gateway.lives);
  const account = accountOfCalls(run.calls.all, boots, options.isAudited);
  return {
    calls: run.calls.all.length,
    wholeAnswers: run.calls.whole.length,
    records: account.records,
    kills: run.kills,
    stops: run.stops,
    boots: boots.length,
    marks: boots.reduce((sum, { lines }) => sum + lines.filter((line) => "mark" in line).length, 0),
    gaps: boots.reduce((sum, { gaps }) => sum + gaps.length, 0),
    lost: account.lost.length,
    doubled: account.doubled,
    tornFiles: gateway.snapshots.torn,
    seconds,
    // What stopped half-way cannot be accounted for.
    violations: faults.length > 0 ? faults : [...account.violations, ...ledgerViolations(boots), ...gateway.snapshots.violations()],
    directory: gateway.directory,
  };
}
