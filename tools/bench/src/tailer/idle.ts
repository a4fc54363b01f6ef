import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { peakResidentMebibytes, watchUsage } from "../processes.ts";
import { measureDelivery } from "./delivery.ts";
import { gatelogTailer } from "./gatelog-tailer.ts";
import { createLineGenerator, writeLines } from "./lines.ts";
import type { Programs } from "./programs.ts";

const directories = 100;
const filesEach = 100;
/** An idle file is one that was closed; by default that takes minutes. */
const closeInactiveMs = 10_000;
const scanIntervalMs = 10_000;
/** Until all files are closed, by a scan at the latest, and one scan more. */
const settleMs = closeInactiveMs + 2 * scanIntervalMs;

/** What a tailer needs for files in which nothing happens. */
export interface IdleFigures {
  readonly files: number;
  /** **Units**: % of one core */
  readonly cpuPercent: number;
  /** Peak, from the start on. */
  readonly rssMiB: number;
  readonly foreignCores: number;
}

/** Measures the CPU of ours over many files of one delivered line each. */
export async function measureIdle(options: {
  readonly bundle: string;
  readonly programs: Programs;
  readonly seconds: number;
}): Promise<IdleFigures> {
  const tailer = gatelogTailer({
    name: "gatelog idle",
    bundle: options.bundle,
    compressionLevel: 3,
    paths: ["./logs/*/*.log"],
    config: { scan: { intervalMs: scanIntervalMs }, close: { inactiveMs: closeInactiveMs } },
  });
  let idle = { cpuPercent: 0, rssMiB: 0, foreignCores: 0 };
  await measureDelivery(tailer, {
    lines: directories * filesEach,
    programs: options.programs,
    feed: writeIdleFiles,
    afterwards: async ({ pid }) => {
      await sleep(settleMs);
      const watch = watchUsage(pid);
      await sleep(options.seconds * 1000);
      const { cpuSeconds, seconds, foreignCores } = watch();
      idle = { cpuPercent: (cpuSeconds / seconds) * 100, rssMiB: peakResidentMebibytes(pid), foreignCores };
    },
  });
  return { files: directories * filesEach, ...idle };
}

function writeIdleFiles(logs: string): void {
  const generate = createLineGenerator();
  for (let directory = 0; directory < directories; directory += 1) {
    const path = join(logs, `service-${directory}`);
    mkdirSync(path);
    for (let file = 0; file < filesEach; file += 1) writeLines(join(path, `app-${file}.log`), 1, generate);
  }
}
