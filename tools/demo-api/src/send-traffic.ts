import { setTimeout as sleep } from "node:timers/promises";
import { nextCall, seeded, type DemoCall } from "./calls.ts";
import type { TrafficOptions } from "./traffic-options.ts";

/** Calls that may be on their way at once; beyond it the traffic waits, whatever the rate. */
const inFlightMax = 64;
const callMsMax = 35_000;

/** What was sent so far. */
export interface TrafficCounts {
  sent: number;
  /** Calls that got an answer, by status. */
  readonly answered: Map<number, number>;
  failed: number;
}

/** Sends calls at a bounded rate until the count is reached or `signal` aborts; resolves when the last answer is there. */
export async function sendTraffic(
  options: TrafficOptions,
  signal: AbortSignal,
  onProgress?: (counts: TrafficCounts) => void,
): Promise<TrafficCounts> {
  const counts: TrafficCounts = { sent: 0, answered: new Map(), failed: 0 };
  const random = seeded(options.seed);
  const inFlight = new Set<Promise<void>>();
  const startedMs = performance.now();
  while (!signal.aborted && counts.sent < (options.count ?? Infinity)) {
    const dueMs = startedMs + (counts.sent / options.ratePerSecond) * 1000;
    await pause(dueMs - performance.now(), signal);
    if (signal.aborted) break;
    counts.sent += 1;
    const call = send(options.gateway, nextCall(random), counts).finally(() => {
      inFlight.delete(call);
      onProgress?.(counts);
    });
    inFlight.add(call);
    if (inFlight.size >= inFlightMax) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return counts;
}

async function send(gateway: string, call: DemoCall, counts: TrafficCounts): Promise<void> {
  try {
    const response = await fetch(gateway + call.path, {
      method: call.method,
      headers: call.headers,
      signal: AbortSignal.timeout(callMsMax),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    await response.arrayBuffer();
    counts.answered.set(response.status, (counts.answered.get(response.status) ?? 0) + 1);
  } catch {
    counts.failed += 1;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
