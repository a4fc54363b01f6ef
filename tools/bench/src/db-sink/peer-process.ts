import { setTimeout as sleep } from "node:timers/promises";
import { ManagedProcess, type ProcessOptions } from "@gatelog/testkit";
import { peakResidentMebibytes, watchUsage } from "../processes.ts";
import type { Run } from "./candidate.ts";

const lookIntervalMs = 100;
const deadlineMs = 600_000;

/** What a peer prints when all rows are there: `result {…}`, by its own clocks. */
export interface PeerResult {
  readonly rows: number;
  /** From the first record in its hands to the last commit. */
  readonly seconds: number;
  /** Of its process, in that time. */
  readonly cpuSeconds: number;
  readonly transactions: number;
  readonly commitP99Ms: number;
  readonly stallMaxMs: number;
}

/** Runs a program until it has printed its result. **Errors**: when it ends before, with what it printed last. */
export async function runPeer(options: ProcessOptions): Promise<Run> {
  const child = new ManagedProcess(options);
  const usage = watchUsage(child.pid);
  try {
    const { seconds, cpuSeconds, rows, transactions, commitP99Ms, stallMaxMs } = await resultOf(child);
    return {
      rows,
      seconds,
      rowsPerSecond: rows / seconds,
      cpuMicrosPerRow: (cpuSeconds / rows) * 1e6,
      rssMiB: peakResidentMebibytes(child.pid),
      transactions,
      commitP99Ms,
      stallMaxMs,
      foreignCores: usage().foreignCores,
    };
  } finally {
    await child.stop();
  }
}

async function resultOf(child: ManagedProcess): Promise<PeerResult> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const [, json] = /^result (\{.*\})$/m.exec(child.output()) ?? [];
    if (json !== undefined) return JSON.parse(json) as PeerResult;
    if (child.exit !== undefined) throw new Error(`it ended with ${child.exit.code ?? child.exit.signal}: ${child.output().slice(-1500)}`);
    if (performance.now() > untilMs) throw new Error(`no result after ${deadlineMs / 1000} s: ${child.output().slice(-1500)}`);
    await sleep(lookIntervalMs);
  }
}
