import { waitFor } from "@gatelog/testkit";
import { cpuSeconds, cpuSecondsEver, machineCpuSeconds, watchMemory } from "../processes.ts";
import { runWrk, type Load, type LoadResult } from "../wrk.ts";
import type { RunningCandidate } from "./candidate.ts";

/** A load without the host, which is the candidate's. */
export type CandidateLoad = Omit<Load, "url"> & { readonly path: string };

/** One load on one candidate. */
export interface Round extends LoadResult {
  readonly requestsPerSecond: number;
  /** CPU of the candidate's processes. **Units**: µs */
  readonly cpuPerRequestUs: number;
  readonly rssMiB: number;
  /** Cores that other programs of this machine kept busy meanwhile: what makes a figure doubtful. */
  readonly foreignCores: number;
}

/** Long enough for a log that is flushed once a second. */
const recordsDeadlineMs = 20_000;

/** Loads the candidate and measures it. **Errors**: when it did not log what it answered, for that would be another work. */
export async function measureRound(candidate: RunningCandidate, load: CandidateLoad): Promise<Round> {
  const recordsBefore = candidate.records.count();
  const watch = startWatch(candidate.pid);
  const url = `http://127.0.0.1:${candidate.port}${load.path}`;
  const result = await runWrk({ ...load, url }).catch((error: unknown) => {
    throw new Error(`${candidate.name} could not be loaded: ${(error as Error).message}\n${candidate.output().slice(-1500)}`, {
      cause: error,
    });
  });
  const used = watch();
  await waitForRecords(candidate, recordsBefore + result.answered);
  candidate.records.removeFinished();
  return {
    ...result,
    requestsPerSecond: result.answered / result.seconds,
    cpuPerRequestUs: (used.cpuSeconds / result.answered) * 1e6,
    rssMiB: used.rssMiB,
    foreignCores: used.foreignCpuSeconds / result.seconds,
  };
}

/** Begins to watch CPU and memory; the function that it returns ends it. */
function startWatch(pid: number) {
  const memory = watchMemory(pid);
  const before = { candidate: cpuSeconds(pid), ours: cpuSecondsEver(process.pid), machine: machineCpuSeconds() };
  return () => {
    const ours = cpuSecondsEver(process.pid) - before.ours;
    return {
      cpuSeconds: cpuSeconds(pid) - before.candidate,
      foreignCpuSeconds: Math.max(0, machineCpuSeconds() - before.machine - ours),
      rssMiB: memory(),
    };
  };
}

/** Waits until the candidate has logged every call that was answered. */
async function waitForRecords(candidate: RunningCandidate, wanted: number): Promise<void> {
  await waitFor(() => candidate.records.count() >= wanted, { deadlineMs: recordsDeadlineMs, intervalMs: 200 }).catch(() => {
    const missing = wanted - candidate.records.count();
    throw new Error(`${candidate.name} answered ${missing} calls without a record: its figures would be of another work`);
  });
}
