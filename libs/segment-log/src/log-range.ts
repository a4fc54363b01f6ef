import { failure, systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { listSegments, paths } from "./layout.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { fromSlot } from "./published.ts";
import { SlotFile } from "./slot-file.ts";

/** Which records a log has: from `first` on, before `next`. */
export interface LogRange {
  readonly first: number;
  readonly next: number;
}

/**
 * Which records a log has, by its directory and its published end; no record is read, so that it may be asked often. Undefined where the
 * published end cannot be read: the writer repairs it.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_MISSING, _IO, _NO_ACCESS.
 */
export async function logRange(options: { dir: string; fileSystem?: FileSystem }): Promise<LogRange | undefined> {
  const { dir, fileSystem = nodeFileSystem } = options;
  try {
    const file = await SlotFile.open(fileSystem, paths.published(dir), { kind: "published", mode: "read" });
    try {
      // The oldest segment first: what the writer frees meanwhile is behind every cursor.
      const [oldest] = await listSegments(fileSystem, dir);
      const state = await file.read();
      if (state === undefined) return undefined;
      const { next } = fromSlot(state);
      return { first: oldest?.first ?? next, next };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") throw failure("GATELOG_SEGMENT_LOG_MISSING", `no log in ${dir}`, error);
    throw systemFailure(error, `cannot read the end of the log in ${dir}`);
  }
}
