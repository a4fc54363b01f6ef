import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchDirectory } from "../clean-up.ts";
import { peakResidentMebibytes, watchUsage } from "../processes.ts";
import { startProcessor, type ProcessorOptions, type RunningProcessor } from "./gatelog-processor.ts";
import { Sender } from "./sender.ts";
import type { SenderOptions } from "./sender-protocol.ts";

const lookIntervalMs = 100;
/** So long an output may write nothing before it has failed. */
const silenceMsMax = 60_000;

/** What is sent, and to which outputs. */
export interface ThroughputPlan {
  readonly name: string;
  readonly bundle: string;
  readonly sender: string;
  readonly sending: Omit<SenderOptions, "port">;
  /** In processor.yaml's terms; each has the name that `as` says. */
  readonly outputs: readonly { readonly as: string }[];
  readonly filters?: readonly unknown[];
  readonly nodeArguments?: readonly string[];
}

/** One run. */
export interface Throughput {
  readonly events: number;
  /** From the first byte to when the last output has written everything. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Until every event was acknowledged. */
  readonly acknowledgedPerSecond: number;
  /** CPU of the processor, all its threads. */
  readonly cpuMicrosPerEvent: number;
  /** Peak since its start. */
  readonly rssMiB: number;
  readonly senderCpuMicrosPerEvent: number;
  /** Cores that programs kept busy that are not of this bench, and servers that were started before. */
  readonly foreignCores: number;
  /** On the clock of `process.hrtime`. **Units**: µs */
  readonly span: { readonly from: number; readonly to: number };
}

/** Lets a fresh processor take the events and write them to all of its outputs. **Errors**: when it does not write all of them. */
export async function measureThroughput(plan: ThroughputPlan): Promise<Throughput> {
  const directory = await benchDirectory(plan.name.replaceAll(/[^a-z0-9]+/gi, "-"));
  try {
    const options: ProcessorOptions = { ...plan, directory: join(directory.path, "processor") };
    const processor = await startProcessor(options);
    const sender = await Sender.start(plan.sender, { ...plan.sending, port: processor.beatsPort }, join(directory.path, "sender.output"));
    try {
      return await run(plan, processor, sender);
    } finally {
      await sender.stop();
      await processor.stop();
    }
  } catch (error) {
    throw new Error(`${plan.name} could not be measured: ${(error as Error).message}`, { cause: error });
  } finally {
    await directory.remove();
  }
}

async function run({ outputs }: ThroughputPlan, processor: RunningProcessor, sender: Sender): Promise<Throughput> {
  const usage = watchUsage(processor.pid);
  const from = nowUs();
  sender.go();
  const writtenAtMs = await untilWritten(
    outputs.map(({ as }) => as),
    processor,
    sender,
  );
  const used = usage();
  const report = sender.report();
  if (report === undefined) throw new Error("the sender has no report");
  const { events, startedAtMs, acknowledgedAtMs, cpuSeconds } = report;
  const seconds = (writtenAtMs - startedAtMs) / 1000;
  return {
    events,
    seconds,
    eventsPerSecond: events / seconds,
    acknowledgedPerSecond: (events * 1000) / (acknowledgedAtMs - startedAtMs),
    cpuMicrosPerEvent: (used.cpuSeconds / events) * 1e6,
    rssMiB: peakResidentMebibytes(processor.pid),
    senderCpuMicrosPerEvent: (cpuSeconds / events) * 1e6,
    foreignCores: used.foreignCores,
    span: { from, to: nowUs() },
  };
}

/** When every output has written every event, by `Date.now()`. */
async function untilWritten(outputs: readonly string[], processor: RunningProcessor, sender: Sender): Promise<number> {
  let least = 0;
  let aliveAt = performance.now();
  for (;;) {
    await sleep(lookIntervalMs);
    processor.check();
    const events = sender.report()?.events ?? Number.POSITIVE_INFINITY;
    const written = await Promise.all(outputs.map((as) => processor.metric("gatelog_processor_events_delivered_total", `output="${as}"`)));
    const nowLeast = Math.min(...written);
    if (nowLeast >= events) return Date.now();
    if (nowLeast > least) aliveAt = performance.now();
    else if (performance.now() - aliveAt > silenceMsMax)
      throw new Error(`${nowLeast} of ${events} events were written, and none for ${silenceMsMax / 1000} s`);
    least = nowLeast;
  }
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
