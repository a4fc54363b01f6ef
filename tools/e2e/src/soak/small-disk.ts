import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of a size, in memory, that can be made as small as what lies on it. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves `freeBytes` free; returns how to give all back. */
  fill(freeBytes?: number): () => void;
  remove(): void;
}

const fillAttemptsMax = 50;

/** Whether this process may make one. */
export const canMountDisks = process.platform === "linux" && process.getuid?.() === 0;

/** Mounts one, which everybody may write to. **Errors**: where this process may not. */
export function mountSmallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "gatelog-disk-"));
  run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=1777`, "tmpfs", path]);
  const resize = (size: number) => run("mount", ["-o", `remount,size=${size}`, path]);
  return {
    path,
    fill: (freeBytes = 0) => {
      // What is written between the look and the change makes the change fail.
      for (let attempt = 1; ; attempt += 1) {
        const { blocks, bfree, bsize } = statfsSync(path);
        try {
          resize((blocks - bfree) * bsize + freeBytes);
          return () => resize(bytes);
        } catch (error) {
          if (attempt === fillAttemptsMax) throw error;
        }
      }
    },
    remove: () => {
      run("umount", ["-l", path]);
      rmdirSync(path);
    },
  };
}

function run(command: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")}: ${stderr.trim()}`);
}
