import { join } from "node:path";
import { ManagedProcess } from "@gatelog/testkit";
import type { Contender } from "./contender.ts";
import { measureDelivery, type Delivery } from "./delivery.ts";
import type { Latency } from "./latency-sampler.ts";
import type { Programs } from "./programs.ts";
import type { LiveWriterOptions, LiveWriterReport } from "./writer-protocol.ts";

const linesPerSecond = 20_000;
const rotateMs = 3000;
const sampleEvery = 20;
/** Lines of the first seconds are not sampled: they find a program that is not compiled yet. */
const warmUpSeconds = 2;

/** A live tail: a delivery with its latency, and what the writer did. */
export interface LiveTail extends Delivery {
  readonly latency: Latency;
  readonly rotations: number;
  readonly writerLateMsMax: number;
}

/** Lets a contender tail a file that grows at a constant rate and is rotated by renaming. */
export async function measureLiveTail(
  contender: Contender,
  options: { readonly poolFile: string; readonly seconds: number; readonly programs: Programs },
): Promise<LiveTail> {
  const { poolFile, seconds, programs } = options;
  let written: LiveWriterReport | undefined;
  const delivery = await measureDelivery(contender, {
    lines: linesPerSecond * seconds,
    programs,
    sample: { every: sampleEvery, from: linesPerSecond * warmUpSeconds + 1 },
    feed: async (logs) => {
      written = await writeLive(programs["live-writer"], { directory: logs, poolFile, linesPerSecond, seconds, rotateMs });
    },
  });
  if (written === undefined || delivery.latency === undefined) throw new Error(`${contender.name}: nothing was sampled`);
  return { ...delivery, latency: delivery.latency, rotations: written.rotations, writerLateMsMax: written.lateMsMax };
}

/** Runs the live writer to its end. **Errors**: with its output when it fails. */
export async function writeLive(program: string, options: LiveWriterOptions): Promise<LiveWriterReport> {
  const writer = new ManagedProcess({
    command: process.execPath,
    arguments: [program, JSON.stringify(options)],
    logFile: join(options.directory, "../writer.output"),
    ipc: true,
  });
  const report = new Promise<LiveWriterReport>((resolve) =>
    writer.child.once("message", (message) => resolve(message as LiveWriterReport)),
  );
  const ended = writer.exited.then(() => undefined);
  const result = await Promise.race([report, ended]);
  await ended;
  if (result === undefined) throw new Error(`the live writer failed: ${writer.output().slice(-1500)}`);
  return result;
}
