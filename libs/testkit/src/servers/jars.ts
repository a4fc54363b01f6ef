import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { infraDirectory } from "../repository.ts";
import { findJdk } from "./java.ts";
import { madeOnce } from "./made-once.ts";

/**
 * Fetches the jars of a server (or of a recipe's directory, given by its path) by Maven, compiles the Java sources beside its POM with a JDK of at least `jdkMajorMin`, and returns the folder with
 * `lib/` in it.
 *
 * **Guarantee**: as madeOnce; the folder is named by a hash of what it is made from.
 */
export async function fetchJars(nameOrPath: string, jdkMajorMin = 17): Promise<string> {
  const recipe = resolve(import.meta.dirname, "../../jvm", nameOrPath);
  const name = basename(recipe);
  const files = readdirSync(recipe).sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(recipe, file)));
  const target = join(infraDirectory, "jars", `${name}-${hash.digest("hex").slice(0, 12)}`);
  return madeOnce(target, async (work) => {
    cpSync(recipe, work, { recursive: true });
    await run("mvn", ["-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"], work);
    const sources = files.filter((file) => file.endsWith(".java"));
    if (sources.length > 0) await run(join(findJdk(jdkMajorMin).home, "bin/javac"), ["-cp", "lib/*", "-d", ".", ...sources], work);
  });
}

/** Runs a program to its end. **Errors**: with the end of its output where it fails; with the packages to install where it is missing. */
export function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", (error) =>
      reject(new Error(`${command} could not be started (${error.message}); install it, e.g. apt-get install maven default-jdk-headless`)),
    );
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-2000)}`)),
    );
  });
}
