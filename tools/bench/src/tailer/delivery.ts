import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { benchDirectory } from "../clean-up.ts";
import { bytesReadOf, peakResidentMebibytes, watchUsage } from "../processes.ts";
import type { Contender, RunningContender } from "./contender.ts";
import type { Latency } from "./latency-sampler.ts";
import type { Programs } from "./programs.ts";
import { Receiver } from "./receiver.ts";
import type { ReceiverOptions } from "./receiver-protocol.ts";

/** What is to be delivered, and to whom. */
export interface DeliveryPlan extends Omit<ReceiverOptions, "protocol" | "expectedEvents"> {
  readonly lines: number;
  readonly programs: Programs;
  /** Gives lines to the contender by way of its directory. */
  readonly feed: (logs: string) => void | Promise<void>;
  /** Called when all has been delivered, while the contender runs on. */
  readonly afterwards?: (running: RunningContender) => Promise<void>;
}

/** One delivery by one contender. */
export interface Delivery {
  readonly events: number;
  /** From the first read to when the receiver counted the last event. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** CPU of the contender, all its threads, from the feeding to the last ACK. */
  readonly cpuMicrosPerEvent: number;
  /** Peak since the contender was started. */
  readonly rssMiB: number;
  readonly wireBytesPerEvent: number;
  readonly receiverCpuMicrosPerEvent: number;
  /** Cores that other programs of this machine kept busy meanwhile: what makes a figure doubtful. */
  readonly foreignCores: number;
  readonly latency: Latency | undefined;
  /** When the delivery began and ended, on the clock of `process.hrtime`. **Units**: µs */
  readonly span: { readonly from: number; readonly to: number };
}

/** A read of this many bytes is one of log lines; what a tailer reads while it has none is less. */
const firstReadBytesMin = 16 * 1024;
const firstReadIntervalMs = 1;
/** Of what a contender printed, when it failed. */
const outputCharactersShown = 2000;

/**
 * Lets a fresh contender deliver lines to a fresh receiver.
 *
 * **Errors**: when not exactly these lines arrived, each once: the figures would be of another work.
 */
export async function measureDelivery(contender: Contender, plan: DeliveryPlan): Promise<Delivery> {
  const directory = await benchDirectory(contender.name.replaceAll(/[^a-z0-9]+/gi, "-"));
  const logs = join(directory.path, "logs");
  mkdirSync(logs);
  const receiver = await Receiver.start({
    program: plan.programs.receiver,
    logFile: join(directory.path, "receiver.output"),
    protocol: contender.protocol,
    expectedEvents: plan.lines,
    ...(plan.sample && { sample: plan.sample }),
    ...(plan.stall && { stall: plan.stall }),
  });
  try {
    const running = await contender.start({ directory: directory.path, receiverPort: receiver.port });
    try {
      const delivery = await deliver(running, receiver, { ...plan, logs });
      await plan.afterwards?.(running);
      await running.stop();
      const { events } = await receiver.report();
      if (events !== plan.lines) throw new Error(`${events} events arrived of ${plan.lines} lines, once it had ended`);
      return delivery;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${running.output().slice(-outputCharactersShown)}`, { cause: error });
    } finally {
      await running.stop();
    }
  } catch (error) {
    throw new Error(`${contender.name} could not be measured: ${(error as Error).message}`, { cause: error });
  } finally {
    await receiver.stop();
    await directory.remove();
  }
}

async function deliver(running: RunningContender, receiver: Receiver, plan: DeliveryPlan & { logs: string }): Promise<Delivery> {
  const before = await receiver.report();
  const usage = watchUsage(running.pid);
  const from = nowUs();
  const firstReadAtMs = watchFirstRead(running.pid);
  await plan.feed(plan.logs);
  const reached = await receiver.untilReached(() => running.check());
  const used = usage();
  const to = nowUs();
  const seconds = ((reached.reachedAtMs ?? NaN) - firstReadAtMs()) / 1000;
  return {
    events: plan.lines,
    seconds,
    eventsPerSecond: plan.lines / seconds,
    cpuMicrosPerEvent: (used.cpuSeconds / plan.lines) * 1e6,
    rssMiB: peakResidentMebibytes(running.pid),
    wireBytesPerEvent: reached.wireBytes / plan.lines,
    receiverCpuMicrosPerEvent: ((reached.cpuSeconds - before.cpuSeconds) / plan.lines) * 1e6,
    foreignCores: used.foreignCores,
    latency: reached.latency,
    span: { from, to },
  };
}

/** Watches for when the contender begins to read; the function that it returns ends that and says it. **Units**: ms since 1970 */
function watchFirstRead(pid: number): () => number {
  const bytesBefore = bytesReadOf(pid);
  let firstAtMs = Date.now();
  const timer = setInterval(() => {
    firstAtMs = Date.now();
    if (bytesReadOf(pid) - bytesBefore >= firstReadBytesMin) clearInterval(timer);
  }, firstReadIntervalMs);
  return () => {
    clearInterval(timer);
    return firstAtMs;
  };
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
