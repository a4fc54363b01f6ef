import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
// @ts-expect-error The package brings no types. Imported by name, so that a bundler sees that it must come along.
import { tryLock } from "fs-native-extensions";
import { FileTailError, messageOf } from "./errors.ts";
import { makeDurableDirectory } from "./registry-disk.ts";

/** Takes an exclusive lock of the kernel's on an open file; false when another open file has it. It dies with the process. */
const lock = tryLock as (fd: number) => boolean;

/**
 * Locks a directory for this process by a kernel lock on `registry.lock` in it; it is free again when the process ends, however it ends.
 *
 * **Errors**: GATELOG_FILE_TAIL_LOCKED, GATELOG_FILE_TAIL_REGISTRY_DIRECTORY.
 */
export async function lockDirectory(dir: string): Promise<FileHandle> {
  const handle = await openLockFile(dir);
  if (lock(handle.fd)) return handle;
  await handle.close();
  throw new FileTailError(
    "GATELOG_FILE_TAIL_LOCKED",
    `another process uses the registry directory ${dir}; stop it or choose another directory`,
  );
}

async function openLockFile(dir: string): Promise<FileHandle> {
  try {
    await makeDurableDirectory(dir);
    return await open(join(dir, "registry.lock"), "a", 0o600);
  } catch (error) {
    throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", `cannot use the registry directory ${dir}: ${messageOf(error)}`, error);
  }
}
