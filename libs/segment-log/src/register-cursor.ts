import { toSlot } from "./cursor-position.ts";
import { failure, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { checkCursorName, listCursors, listSegments, paths } from "./layout.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { SlotFile } from "./slot-file.ts";

/**
 * Registers a cursor of a log that another process may be writing, at the oldest record kept. It holds space until it reads on, or is removed
 * (`removeCursor`); one that is there stays where it is.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_MISSING where there is no log yet, _NAME (permanent), _IO, _NO_ACCESS.
 */
export async function registerCursor(options: { dir: string; name: string; fileSystem?: FileSystem }): Promise<void> {
  const { dir, name, fileSystem = nodeFileSystem } = options;
  checkCursorName(name);
  if ((await listCursors(fileSystem, dir)).includes(name)) return;
  const [oldest] = await listSegments(fileSystem, dir);
  if (oldest === undefined) throw failure("GATELOG_SEGMENT_LOG_MISSING", `the log in ${dir}`);
  try {
    await SlotFile.create(fileSystem, paths.cursor(dir, name), { kind: "cursor", state: toSlot({ committed: oldest.first }) });
    await fileSystem.syncDirectory(paths.cursors(dir));
  } catch (error) {
    throw systemFailure(error, `cannot register cursor ${name} in ${dir}`);
  }
}
