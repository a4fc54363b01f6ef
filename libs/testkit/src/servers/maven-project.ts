import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { infraDirectory } from "../repository.ts";
import { run } from "./jars.ts";

/**
 * Builds a Maven project by `mvn package`, its own tests included, in a copy, and returns the copy, with `target/` in it.
 *
 * **Guarantee**: idempotent and safe to run from several processes, as fetchJars.
 */
export async function buildMavenProject(directory: string): Promise<string> {
  const name = basename(directory);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(directory, "target/")))
    .sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(file.slice(directory.length)).update(readFileSync(file));
  const target = join(infraDirectory, "maven", `${name}-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(join(target, "complete"))) return target;

  mkdirSync(join(infraDirectory, "maven"), { recursive: true });
  const work = mkdtempSync(join(infraDirectory, "maven", `.${name}-`));
  try {
    cpSync(directory, work, { recursive: true, filter: (source) => source !== join(directory, "target") });
    await run("mvn", ["-B", "-q", "package"], work);
    writeFileSync(join(work, "complete"), "");
    try {
      renameSync(work, target);
    } catch (error) {
      if (!existsSync(join(target, "complete"))) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
