import { failure, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { checkCursorName, listCursors, paths } from "./layout.ts";
import { nodeFileSystem } from "./node-file-system.ts";

/**
 * Removes a cursor that nobody uses any more, so that it holds no space.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN, _LOCKED while a reader has it, _IO, _NO_ACCESS.
 */
export async function removeCursor(options: { dir: string; name: string; fileSystem?: FileSystem }): Promise<void> {
  const { dir, name, fileSystem = nodeFileSystem } = options;
  checkCursorName(name);
  if (!(await listCursors(fileSystem, dir)).includes(name)) throw failure("GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN", `cursor ${name} in ${dir}`);
  const lock = await fileSystem.lock(paths.cursorLock(dir, name));
  if (lock === undefined) throw failure("GATELOG_SEGMENT_LOG_LOCKED", `cursor ${name} in ${dir} has a reader`);
  try {
    await fileSystem.unlink(paths.cursor(dir, name));
    await fileSystem.syncDirectory(paths.cursors(dir));
  } catch (error) {
    throw systemFailure(error, `cannot remove cursor ${name} in ${dir}`);
  } finally {
    await lock.release();
  }
}
