import type { FileTailLimits } from "@gatelog/file-tail";
import type { Config } from "../config.ts";

/** The bounds of the tail, by the names that it has for them. */
export function tailLimitsOf(config: Config): Omit<FileTailLimits, "readBytesMax" | "aheadBytesMax"> {
  const { batch, limits, scan, close, copyWaitMs, cleanRemovedMs, registryFlushMs } = config;
  return {
    lineBytesMax: limits.lineBytesMax,
    openFilesMax: limits.openFilesMax,
    filesMax: limits.filesMax,
    deletedBytesMax: limits.deletedBytesMax,
    batchLinesMax: batch.linesMax,
    batchBytesMax: batch.bytesMax,
    deliveriesMax: batch.underWayMax,
    scanIntervalMs: scan.intervalMs,
    pollIntervalMsMin: scan.pollMinMs,
    pollIntervalMsMax: scan.pollMaxMs,
    closeInactiveMs: close.inactiveMs,
    closeRemovedMs: close.removedMs,
    copyWaitMs,
    cleanRemovedMs,
    registryFlushMs,
  };
}
