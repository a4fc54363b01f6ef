import { constants, open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { parseLine } from "@gatelog/log-record";
import type { WorkerIdentity } from "@gatelog/service-kit";
import { codeOf } from "./error-code.ts";
import { isSlotTaken } from "./log-lock.ts";
import { isKeeperOf, ownLogFiles, slotOf, type LogFileName } from "./log-names.ts";

/** How much of the end of a file is read for the last seq. */
const tailBytesMax = 4_194_304;
/** Files that are looked at for the last seq; the newest nearly always has it. */
const filesReadMax = 32;
const lineEnd = 0x0a;

/** The boot before this one and the highest seq that its files hold. */
export interface PreviousBoot {
  readonly boot: string;
  readonly seq: number;
}

/** What was found in the directory at start. */
export interface Recovery {
  /** Files that got the line end that their writer could not write any more. */
  readonly completed: readonly string[];
  readonly previous: PreviousBoot | undefined;
  /** The highest id of a boot that has a file, also where that holds nothing. */
  readonly newest: string | undefined;
}

/**
 * Looks through the older files that this worker keeps: a torn last line gets its line end, so that readers take it for what it
 * is. Nothing is ever cut or removed, and no file of a worker that runs is touched.
 */
export async function recoverDirectory(dir: string, gateway: string, worker: WorkerIdentity): Promise<Recovery> {
  const files = await filesToRecover(dir, gateway, worker);
  const completed: string[] = [];
  for (const { name } of files) if (await completeLastLine(join(dir, name))) completed.push(name);
  const newest = files.at(-1)?.boot;
  for (const file of files.slice(-filesReadMax).reverse()) {
    const seq = await highestSeq(join(dir, file.name), file.boot);
    if (seq !== undefined) return { completed, previous: { boot: file.boot, seq }, newest };
  }
  return { completed, previous: undefined, newest };
}

async function filesToRecover(dir: string, gateway: string, worker: WorkerIdentity): Promise<readonly LogFileName[]> {
  const files = ownLogFiles(await readdir(dir), gateway).filter((file) => isKeeperOf(file, worker));
  const taken = new Set<number>();
  // A worker of a larger number that still ends has its slot.
  for (const slot of new Set(files.map(({ boot }) => slotOf(boot))))
    if (slot !== worker.slot && (await isSlotTaken(dir, gateway, slot))) taken.add(slot);
  return files.filter(({ boot }) => !taken.has(slotOf(boot)));
}

async function completeLastLine(path: string): Promise<boolean> {
  // Not "a+", which would make a file that a tailer has just removed.
  const file = await openIfThere(path, constants.O_RDWR | constants.O_APPEND);
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    if (size === 0 || (await readAt(file, size - 1, 1))[0] === lineEnd) return false;
    await file.appendFile("\n");
    await file.sync();
    return true;
  } finally {
    await file.close();
  }
}

/** The highest seq that the end of the file tells of, by its records and marks. */
async function highestSeq(path: string, boot: string): Promise<number | undefined> {
  const file = await openIfThere(path, constants.O_RDONLY);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - tailBytesMax), Math.min(size, tailBytesMax));
    let highest: number | undefined;
    for (const line of tail.toString("utf8").split("\n")) {
      const seq = seqOf(line, boot);
      if (seq !== undefined && seq > (highest ?? -1)) highest = seq;
    }
    return highest;
  } finally {
    await file.close();
  }
}

function seqOf(line: string, boot: string): number | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed = parseLine(line, { seedTimeZone: "UTC" });
  if (parsed.kind === "mark") return parsed.mark.boot === boot ? parsed.mark.seq : undefined;
  return parsed.kind === "record" && parsed.record.boot === boot ? parsed.record.seq : undefined;
}

async function openIfThere(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
