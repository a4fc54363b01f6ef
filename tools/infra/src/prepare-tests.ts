import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fetchJars } from "@gatelog/testkit";

/** Gets what the tests need besides npm packages: the servers' jars and a browser. Says what it does; idempotent. */
async function main(): Promise<void> {
  await Promise.all([jars("kafka"), jars("elasticsearch-7")]);
  installDebianPackage("chromium", process.env["GATELOG_CHROMIUM"] ?? "/usr/bin/chromium");
}

async function jars(name: string): Promise<void> {
  const timer = setTimeout(() => say(`fetching ${name} by Maven …`), 500);
  try {
    await fetchJars(name);
  } finally {
    clearTimeout(timer);
  }
}

/** Installs a Debian package where apt and the rights are there; otherwise says what is missing and goes on: its tests will say so too. */
function installDebianPackage(name: string, program: string): void {
  if (existsSync(program)) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
    say(`${name} is missing (${program}) and cannot be installed from here; install it, or the tests that need it are skipped`);
    return;
  }
  say(`installing ${name} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: ["ignore", "ignore", "inherit"] });
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name, "fonts-noto-cjk"], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function say(text: string): void {
  process.stderr.write(`gatelog: ${text}\n`);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
