import { connect } from "node:net";
import { join } from "node:path";
import { infraDirectory, waitFor } from "@gatelog/testkit";
import { canUseDocker, startContainer, stopContainer } from "./docker.ts";
import { services, type Service } from "./services.ts";
import { forgetRunning, readRunning, writeRunning } from "./state.ts";

const usage = `usage: npm run infra -- up|down|status [${Object.keys(services).join("] [")}]`;

/** `npm run infra -- up kafka elasticsearch postgres mariadb`, `down`, `status`: real servers on loopback for development. */
async function main(): Promise<void> {
  const [command, ...names] = process.argv.slice(2);
  for (const name of names) {
    if (!(name in services)) throw new Error(`"${name}" is not a server; known are: ${Object.keys(services).join(", ")}`);
  }
  const chosen = Object.entries(services).filter(([name]) => names.length === 0 || names.includes(name));
  if (command === "up") for (const [name, service] of chosen) await up(name, service);
  else if (command === "down") for (const [name] of chosen.toReversed()) await down(name);
  else if (command === "status") for (const [name, service] of chosen) status(name, service);
  else throw new Error(usage);
}

async function up(name: string, service: Service): Promise<void> {
  const running = readRunning(name);
  if (running) return say(name, `already runs on port ${running.port}`);
  const began = performance.now();
  if (canUseDocker(service.image)) {
    say(name, `starting ${service.image} …`);
    startContainer(name, service, service.port);
    writeRunning(name, { kind: "container", port: service.port, pid: 0, logFile: `docker logs gatelog-${name}` });
  } else {
    if (await isTaken(service.port)) throw new Error(`${name}: port ${service.port} is taken by another program; stop that one first`);
    say(name, "starting from packages (fetched on first use) …");
    const dataDirectory = join(infraDirectory, "data", name);
    const server = await service.start({ dataDirectory, port: service.port, detached: true });
    writeRunning(name, { kind: "process", port: server.port, pid: server.pid, logFile: server.logFile });
  }
  say(name, `up on 127.0.0.1:${service.port} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return say(name, service.hint);
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function down(name: string): Promise<void> {
  const running = readRunning(name);
  if (!running) say(name, "does not run");
  else if (running.kind === "container") stopContainer(name);
  else {
    process.kill(running.pid, "SIGTERM");
    await waitFor(() => !readRunning(name), { deadlineMs: 30_000, what: `the end of ${name} (pid ${running.pid})` });
  }
  if (running) say(name, "stopped; its data is kept");
  forgetRunning(name);
}

function status(name: string, service: Service): void {
  const running = readRunning(name);
  if (!running) return say(name, "down");
  say(
    name,
    `up on 127.0.0.1:${running.port} (${running.kind === "process" ? `pid ${running.pid}` : "container"}), log: ${running.logFile}`,
  );
  return say(name, service.hint);
}

function say(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(14)} ${text}\n`);
}

// `process.exit`: the servers were started by this process and must not keep it.
main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`infra: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
