import { join } from "node:path";
import { installMissing, nginxProgram } from "@gatelog/bench";
import { buildMavenProject, fetchJars, mariadbPackages, repositoryRoot } from "@gatelog/testkit";

/** Gets what the tests need besides npm packages: the servers' jars, the Spring example, MariaDB, a browser, and the original's nginx. Says what it does; idempotent. */
async function main(): Promise<void> {
  await Promise.all([
    jars("kafka"),
    jars("kafka-3"),
    jars("kafka-0.10"),
    jars("elasticsearch-7"),
    ...["elasticsearch-9", "opensearch-3"].map(jarsOfNewer),
    springConsumer(),
  ]);
  installDebianPackages(["chromium", "fonts-noto-cjk"], process.env["GATELOG_CHROMIUM"] ?? "/usr/bin/chromium");
  installDebianPackages(mariadbPackages.packages, mariadbPackages.path);
  installDebianPackages(nginxProgram.packages, nginxProgram.path);
}

/** Servers that need a newer JDK than the others. Without one their tests say so; all others need not wait for it. */
async function jarsOfNewer(name: string): Promise<void> {
  try {
    await jars(name, 21);
  } catch (error) {
    say(`${name} cannot be tested: ${(error as Error).message}`);
  }
}

async function jars(name: string, jdkMajorMin?: number): Promise<void> {
  const timer = setTimeout(() => say(`fetching ${name} by Maven …`), 500);
  try {
    await fetchJars(name, jdkMajorMin);
  } finally {
    clearTimeout(timer);
  }
}

async function springConsumer(): Promise<void> {
  const timer = setTimeout(() => say("building examples/spring-consumer by Maven …"), 500);
  try {
    await buildMavenProject(join(repositoryRoot, "examples/spring-consumer"));
  } finally {
    clearTimeout(timer);
  }
}

/** Installs the Debian packages of a program where apt and the rights are there; otherwise says what is missing and goes on: its tests will say so too. */
function installDebianPackages(packages: readonly string[], path: string): void {
  try {
    installMissing([{ path, packages }], say);
  } catch (error) {
    say(`${(error as Error).message}, or the tests that need it are skipped`);
  }
}

function say(text: string): void {
  process.stderr.write(`gatelog: ${text}\n`);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
