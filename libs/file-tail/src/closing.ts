import type { FileTailLimits } from "./limits.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { CloseReason, TailInput } from "./types.ts";

/** What an input says of closing its files. */
export type ClosingOptions = Pick<TailInput, "closeEof" | "closeRenamed">;

export type ClosingLimits = Pick<FileTailLimits, "closeInactiveMs" | "closeRemovedMs"> & { readonly nowMs: number };

/** Why a file is to be closed that is read and acknowledged to its end; undefined when it is to stay open. */
export function closeReasonOf(file: TrackedFile, options: ClosingOptions, limits: ClosingLimits): CloseReason | undefined {
  const idleMs = limits.nowMs - file.lastGrowthMs;
  if (file.isMissing && options.closeRenamed === true && file.links > 0) return "renamed";
  if (file.isMissing) return idleMs >= limits.closeRemovedMs ? "removed" : undefined;
  if (file.isFinal) return file.wantsHandle ? undefined : "read";
  if (options.closeEof === true && file.generation !== undefined) return "read";
  if (options.closeRenamed === true && (file.isRotated || file.leftPath !== undefined)) return "renamed";
  return idleMs >= limits.closeInactiveMs ? "inactive" : undefined;
}
