import { randomBytes } from "node:crypto";
import type { WorkerIdentity } from "@gatelog/service-kit";

/** Bytes of randomness in a boot's id, beside its time and slot. */
const bootRandomBytes = 2;

/** A slot is one byte of the boot's id. */
const slotsMax = 256;

/** Digits of a boot's id that are its time, and the highest that is followed by another: later ones would have more digits. */
const timeDigits = 14;
const timeMax = "99991231235958";

/**
 * The id of a start of one worker.
 *
 * **Shape**: `20261123080000a1b203`: UTC to the second, four random hexadecimal digits, two of the slot; ascends with time as text.
 * **Guarantee**: it is above `after`, the newest id before it, also when that is of the same second or the clock was set back: its
 * time is then the second after that one's.
 */
export function newBoot(nowMs: number, slot: number, after?: string): string {
  if (slot >= slotsMax) throw new RangeError(`a slot is below ${slotsMax}, got ${slot}`);
  let second = toSecond(nowMs);
  if (after !== undefined && second <= after.slice(0, timeDigits)) second = secondAfter(after) ?? second;
  return second + randomBytes(bootRandomBytes).toString("hex") + slot.toString(16).padStart(2, "0");
}

/** The second after that of a boot; undefined where there is none, for its digits are no time. */
function secondAfter(boot: string): string | undefined {
  const time = boot.slice(0, timeDigits);
  const [, date, hour, minute, second] = /^(\d{8})(..)(..)(..)$/.exec(time) ?? [];
  const ms = Date.parse(`${date?.replace(/(....)(..)(..)/, "$1-$2-$3")}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) || time > timeMax ? undefined : toSecond(ms + 1000);
}

function toSecond(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/\D/g, "").slice(0, timeDigits);
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
