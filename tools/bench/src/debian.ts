import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A program that a bench or a test needs, and the Debian packages that bring it. */
export interface NeededProgram {
  /** Where it lies when it is there. */
  readonly path: string;
  readonly packages: readonly string[];
}

/** Installs what is missing by apt-get. **Errors**: one sentence that names the packages, where this user may not or apt-get fails. */
export function installMissing(programs: readonly NeededProgram[], say: (text: string) => void): void {
  const missing = programs.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((program) => program.packages))];
  const advice = `install ${packages.join(", ")} (as root: apt-get install --no-install-recommends ${packages.join(" ")})`;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0)
    throw new Error(`${missing.map(({ path }) => path).join(", ")} not found: ${advice}`);
  say(`installing ${packages.join(", ")} …`);
  aptGet("update", "-qq");
  aptGet("install", "-y", "-qq", "--no-install-recommends", ...packages);
  const still = missing.filter(({ path }) => !existsSync(path));
  if (still.length > 0) throw new Error(`${still.map(({ path }) => path).join(", ")} not found after apt-get: ${advice}`);
}

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] });
}
