import { randomBytes } from "node:crypto";

/** Bytes of randomness in a boot's id, beside its time. */
const bootRandomBytes = 3;

/**
 * The id of a start.
 *
 * **Shape**: `20261123080000a1b2c3`: UTC to the second, then six random hexadecimal digits; ascends with time as text.
 */
export function newBoot(nowMs: number): string {
  const second = new Date(nowMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return second + randomBytes(bootRandomBytes).toString("hex");
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
