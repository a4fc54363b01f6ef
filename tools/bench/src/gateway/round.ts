import { waitFor } from "@gatelog/testkit";
import { watchMemory, watchUsage } from "../processes.ts";
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
  const memory = watchMemory(candidate.pid);
  const usage = watchUsage(candidate.pid);
  const url = `http://127.0.0.1:${candidate.port}${load.path}`;
  const result = await runWrk({ ...load, url }).catch((error: unknown) => {
    throw new Error(`${candidate.name} could not be loaded: ${(error as Error).message}\n${candidate.output().slice(-1500)}`, {
      cause: error,
    });
  });
  const used = usage();
  const rssMiB = memory();
  await waitForRecords(candidate, recordsBefore + result.answered);
  candidate.records.removeFinished();
  return {
    ...result,
    requestsPerSecond: result.answered / result.seconds,
    cpuPerRequestUs: (used.cpuSeconds / result.answered) * 1e6,
    rssMiB,
    foreignCores: used.foreignCores,
  };
}

/** Waits until the candidate has logged every call that was answered. */
async function waitForRecords(candidate: RunningCandidate, wanted: number): Promise<void> {
  await waitFor(() => candidate.records.count() >= wanted, { deadlineMs: recordsDeadlineMs, intervalMs: 200 }).catch(() => {
    const missing = wanted - candidate.records.count();
    throw new Error(`${candidate.name} answered ${missing} calls without a record: its figures would be of another work`);
  });
}
