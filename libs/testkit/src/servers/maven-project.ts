import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { infraDirectory } from "../repository.ts";
import { run } from "./jars.ts";
import { madeOnce } from "./made-once.ts";

/**
 * Builds a Maven project by `mvn package`, its own tests included, in a copy, and returns the copy, with `target/` in it.
 *
 * **Guarantee**: as fetchJars.
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
  return madeOnce(target, async (work) => {
    cpSync(directory, work, { recursive: true, filter: (source) => source !== join(directory, "target") });
    await run("mvn", ["-B", "-q", "package"], work);
  });
}
