import { constants, open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "@gatelog/service-kit";
// @ts-expect-error The package brings no types. Imported by name, so that a bundler sees that it must come along.
import { tryLock } from "fs-native-extensions";
import { codeOf } from "./error-code.ts";

/** Takes an exclusive lock of the kernel's on an open file; false when another open file has it. It dies with the process. */
const lockFile = tryLock as (fd: number) => boolean;

/** A slot of a gateway's directory, taken by this process. */
export interface LogLock {
  release(): Promise<void>;
}

/**
 * Takes a gateway's slot in its log directory for this process, by a kernel lock on `.<gateway>.<slot>.lock`; it is free again
 * when the process ends, however it ends.
 *
 * **Errors**: StartError, one sentence, when another process has it, as when a second gateway was started with the same name.
 */
export async function lockSlot(dir: string, gateway: string, slot: number): Promise<LogLock> {
  const path = lockPath(dir, gateway, slot);
  const handle = await openLockFile(path);
  try {
    if (lockFile(handle.fd)) return { release: () => handle.close() };
  } catch (cause) {
    await handle.close();
    throw new StartError(`log.dir: cannot lock ${path}: ${String(cause)}; use a file system that has locks`, { cause });
  }
  await handle.close();
  throw new StartError(
    `log.dir: another gateway named "${gateway}" writes in ${dir} and holds ${path}; stop that one, or give this one another name or log.dir`,
  );
}

/** True when a process has the slot now. */
export async function isSlotTaken(dir: string, gateway: string, slot: number): Promise<boolean> {
  let handle: FileHandle;
  try {
    // Not made where it is missing: whoever has a slot has made its file.
    handle = await open(lockPath(dir, gateway, slot), constants.O_RDWR);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    return !lockFile(handle.fd);
  } finally {
    await handle.close();
  }
}

async function openLockFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "a", 0o600);
  } catch (cause) {
    throw new StartError(`log.dir: cannot make ${path}: ${String(cause)}`, { cause });
  }
}

function lockPath(dir: string, gateway: string, slot: number): string {
  return join(dir, `.${gateway}.${slot}.lock`);
}
