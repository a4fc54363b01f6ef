// The way into every command: plain JavaScript that runs on a fresh clone, installs what is missing, then starts the
// TypeScript. (`ignore-scripts` suppresses prestart and pretest, and Node 20 does not run .ts files.)
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name) => join(root, "node_modules/.bin", name);
const [command = "", ...rest] = process.argv.slice(2);

const commands = {
  start: () => tsx("tools/start/src/main.ts", rest),
  infra: () => tsx("tools/infra/src/main.ts", rest),
  "demo-traffic": () => tsx("tools/demo-api/src/traffic.ts", rest),
  bench: () => tsx("tools/bench/src/main.ts", rest),
  soak: () => tsx("tools/e2e/src/soak/main.ts", rest),
  "test-deploy": () => tsx("tools/infra/src/test-deploy.ts", rest),
  test: async () => {
    await tsxToEnd("tools/infra/src/prepare-tests.ts", []);
    buildApps();
    return run(bin("vitest"), ["run", ...rest]);
  },
};

const action = commands[command];
if (!action) fail(`unknown command "${command}"; known are: ${Object.keys(commands).join(", ")}`);
checkNode();
install();
const isHelp = rest.includes("--help") || rest.includes("-h");
if (command === "start" || (command === "soak" && !isHelp)) buildApps();
await action();

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.versions.node} is too old; gatelog needs 20.19 or newer`);
}

/**
 * Installs when node_modules does not match the lock file. By `npm install`, which keeps to the lock file too: `npm ci`
 * refuses a lock file made where a registry mirror lacks the optional binaries of other platforms.
 */
function install() {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules/.gatelog-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("installing dependencies …");
  const npm = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) fail("npm install failed; see its message above");
  writeFileSync(stamp, hash);
}

/** Builds the apps through Nx, whose cache makes it a matter of a second when nothing changed. */
function buildApps() {
  say("building the apps …");
  mkdirSync(join(root, ".nx"), { recursive: true });
  const { status, stdout, stderr } = spawnSync(bin("nx"), ["run-many", "-t", "build", "--output-style=static"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, NX_DAEMON: "false" },
  });
  if (status !== 0) fail(`the build failed:\n${stdout}${stderr}`);
}

function tsx(script, args) {
  return run(process.execPath, ["--import", "tsx", join(root, script), ...args]);
}

async function tsxToEnd(script, args) {
  const status = await new Promise((resolve) => {
    spawn(process.execPath, ["--import", "tsx", join(root, script), ...args], { cwd: root, stdio: "inherit" }).once("exit", (code) =>
      resolve(code ?? 1),
    );
  });
  if (status !== 0) process.exit(status);
}

/** Runs the command in this process's place: same streams, signals passed on by the terminal, its exit code ours. */
function run(file, args) {
  const child = spawn(file, args, { cwd: root, stdio: "inherit" });
  // The child decides when to end; this process must not leave before it. A signal sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => {
      process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
      resolve();
    });
  });
}

function say(text) {
  process.stderr.write(`gatelog: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`gatelog: ${text}\n`);
  process.exit(1);
}
