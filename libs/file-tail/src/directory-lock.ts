import { type FileHandle, mkdir, open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { FileTailError, messageOf } from "./errors.ts";

/** The package is CommonJS, brings no types, and loads a prebuilt binary that lies beside it. */
const { tryLock } = createRequire(import.meta.url)("fs-native-extensions") as { tryLock: (fd: number) => boolean };

/**
 * Locks a directory for this process by a kernel lock on `registry.lock` in it; it is free again when the process ends, however it ends.
 *
 * **Errors**: GATELOG_FILE_TAIL_LOCKED, GATELOG_FILE_TAIL_REGISTRY_DIRECTORY.
 */
export async function lockDirectory(dir: string): Promise<FileHandle> {
  const handle = await openLockFile(dir);
  if (tryLock(handle.fd)) return handle;
  await handle.close();
  throw new FileTailError(
    "GATELOG_FILE_TAIL_LOCKED",
    `another process uses the registry directory ${dir}; stop it or choose another directory`,
  );
}

async function openLockFile(dir: string): Promise<FileHandle> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return await open(join(dir, "registry.lock"), "a", 0o600);
  } catch (error) {
    throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", `cannot use the registry directory ${dir}: ${messageOf(error)}`, error);
  }
}
