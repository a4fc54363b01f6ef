import { readFileSync } from "node:fs";

/**
 * Bytes that the kernel holds between processes, in connections over 127.0.0.1 to these ports: sent and not acknowledged, or received
 * and not read. Of Linux only.
 */
export function kernelBytes(ports: readonly number[]): number {
  let bytes = 0;
  // `  0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 …`: local, remote, state, waiting to be sent and to be read, in hexadecimal digits.
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
    const match = /^\s*\d+: \w{8}:(\w{4}) \w{8}:(\w{4}) 01 (\w{8}):(\w{8})/.exec(line);
    if (match === null) continue;
    const [local = 0, remote = 0, unsent = 0, unread = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
    if (ports.includes(local) || ports.includes(remote)) bytes += unsent + unread;
  }
  return bytes;
}
