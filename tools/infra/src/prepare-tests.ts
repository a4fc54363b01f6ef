import { installMissing, nginxProgram } from "@gatelog/bench";
import { fetchJars } from "@gatelog/testkit";

/** Gets what the tests need besides npm packages: the servers' jars, a browser, and the original's nginx. Says what it does; idempotent. */
async function main(): Promise<void> {
  await Promise.all([jars("kafka"), jars("elasticsearch-7")]);
  installDebianPackages(["chromium", "fonts-noto-cjk"], process.env["GATELOG_CHROMIUM"] ?? "/usr/bin/chromium");
  installDebianPackages(nginxProgram.packages, nginxProgram.path);
}

async function jars(name: string): Promise<void> {
  const timer = setTimeout(() => say(`fetching ${name} by Maven …`), 500);
  try {
    await fetchJars(name);
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
