import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A JDK found on this machine. */
export interface Jdk {
  readonly home: string;
  readonly major: number;
}

/**
 * The lowest JDK of at least `majorMin` among JAVA_HOME, the one on PATH and the usual install directories.
 *
 * **Errors**: one sentence that says which version to install, when there is none.
 */
export function findJdk(majorMin: number): Jdk {
  const fit = candidates().flatMap((home) => {
    const major = majorOf(home);
    return major >= majorMin ? [{ home, major }] : [];
  });
  fit.sort((a, b) => a.major - b.major);
  const found = fit[0];
  if (!found)
    throw new Error(
      `no JDK ${majorMin} or newer was found (JAVA_HOME, PATH, /usr/lib/jvm); install one, e.g. apt-get install default-jdk-headless`,
    );
  return found;
}

/**
 * What a server is started with besides: in tests, where it lives for seconds, without the compiler that makes it faster in minutes, and that takes
 * a third of the time of its start.
 */
export function startupArguments(): readonly string[] {
  return process.env["VITEST"] === undefined ? [] : ["-XX:TieredStopAtLevel=1"];
}

function candidates(): string[] {
  const homes = new Set<string>();
  const javaHome = process.env["JAVA_HOME"];
  if (javaHome) homes.add(javaHome);
  const which = spawnSync("sh", ["-c", 'readlink -f "$(command -v javac)"'], { encoding: "utf8" }).stdout.trim();
  if (which.endsWith("/bin/javac")) homes.add(which.slice(0, -"/bin/javac".length));
  for (const base of ["/usr/lib/jvm", "/opt", "/opt/java", "/Library/Java/JavaVirtualMachines"]) {
    if (!existsSync(base)) continue;
    for (const name of readdirSync(base)) homes.add(join(base, name));
  }
  return [...homes].filter((home) => existsSync(join(home, "bin/javac")));
}

/** Of the file that describes it, which takes less time than to start it; of what it says, where there is none. */
function majorOf(home: string): number {
  const release = join(home, "release");
  const described = existsSync(release) ? /^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, "utf8"))?.[1] : undefined;
  if (described !== undefined) return Number(described);
  const { stdout, stderr } = spawnSync(join(home, "bin/java"), ["-version"], { encoding: "utf8" });
  return Number(/version "(\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? 0);
}
