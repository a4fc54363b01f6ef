import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * A folder that is made where it is not there yet; returns its path.
 *
 * **Guarantee**: idempotent and safe to run from several processes: it is filled under another name and renamed when whole, and whoever is second finds it
 * there.
 */
export async function madeOnce(target: string, make: (work: string) => Promise<void> | void): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    await make(work);
    try {
      renameSync(work, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
