import { randomBytes } from "node:crypto";
import type { WorkerIdentity } from "@gatelog/service-kit";

/** Bytes of randomness in a boot's id, beside its time and slot. */
const bootRandomBytes = 2;

/** A slot is one byte of the boot's id. */
const slotsMax = 256;

/**
 * The id of a start of one worker.
 *
 * **Shape**: `20261123080000a1b203`: UTC to the second, four random hexadecimal digits, two of the slot; ascends with time as text.
 */
export function newBoot(nowMs: number, slot: number): string {
  if (slot >= slotsMax) throw new RangeError(`a slot is below ${slotsMax}, got ${slot}`);
  const second = new Date(nowMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return second + randomBytes(bootRandomBytes).toString("hex") + slot.toString(16).padStart(2, "0");
}

/** The slot of the worker that a boot was of. */
export function slotOf(boot: string): number {
  return Number.parseInt(boot.slice(-2), 16);
}

/** `<gateway>-<boot>-<n>.log` */
export function logFileName(gateway: string, boot: string, n: number): string {
  return `${gateway}-${boot}-${n}.log`;
}

/** A log file of a gateway, by its name. */
export interface LogFileName {
  readonly name: string;
  readonly boot: string;
  readonly n: number;
}

/** The files of this gateway among `names`, oldest first. A gateway `a` does not take those of `a-b` for its own. */
export function ownLogFiles(names: readonly string[], gateway: string): LogFileName[] {
  const own: LogFileName[] = [];
  for (const name of names) {
    if (!name.startsWith(`${gateway}-`)) continue;
    const match = /^(\d{14}[0-9a-f]{6})-(\d{1,9})\.log$/.exec(name.slice(gateway.length + 1));
    if (match !== null) own.push({ name, boot: match[1] ?? "", n: Number(match[2]) });
  }
  return own.sort((a, b) => (a.boot === b.boot ? a.n - b.n : a.boot < b.boot ? -1 : 1));
}

/**
 * True for the files that a worker looks after: those of its own slot, and for slot 0 those of slots that no worker has any
 * more. So each has one keeper, and a sibling that runs is left alone.
 */
export function isKeeperOf(file: LogFileName, { slot, count }: WorkerIdentity): boolean {
  const fileSlot = slotOf(file.boot);
  return fileSlot === slot || (slot === 0 && fileSlot >= count);
}
