import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real file system of a few megabytes. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all its room but this much. */
  fill(butBytes: number): void;
  /** Gives the room back that `fill` took. */
  empty(): void;
  stop(): Promise<void>;
}

/**
 * Mounts a small disk; undefined, and said aloud, where this user may not. Where tests must not be skipped (`CI`), that is an error.
 */
export function mountSmallDisk(mebibytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "gatelog-disk-"));
  const sizeBytes = mebibytes * 1_048_576;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    const message = `the full disk was NOT tested, because no small file system can be mounted here (root is needed): ${String(error)}`;
    if (process.env["CI"] !== undefined) throw new Error(message, { cause: error });
    console.warn(`SKIPPED: ${message}`);
    return undefined;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill(butBytes) {
      const free = Number(execFileSync("stat", ["-f", "-c", "%a", path])) * Number(execFileSync("stat", ["-f", "-c", "%S", path]));
      writeFileSync(ballast, Buffer.alloc(Math.max(0, free - butBytes)));
    },
    empty: () => rmSync(ballast),
    stop() {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
      return Promise.resolve();
    },
  };
}
