import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const descriptors = "/proc/self/fd";

/** Whether this process has the file of that name open, by what the kernel says; false where it says nothing of it. */
export function isOpenHere(path: string): boolean {
  const wanted = join(realpathSync(dirname(path)), basename(path));
  return namesOf(descriptors).some((descriptor) => leadsTo(descriptor) === wanted);
}

function namesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Undefined of one that was closed meanwhile. */
function leadsTo(descriptor: string): string | undefined {
  try {
    return readlinkSync(join(descriptors, descriptor));
  } catch {
    return undefined;
  }
}
