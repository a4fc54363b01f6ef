import { spawnSync } from "node:child_process";
import type { Service } from "./services.ts";

const nameOf = (service: string) => `gatelog-${service}`;

function docker(...args: string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8", timeout: 300_000 });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

/** True where a Docker engine answers (a client without one is common) and the image is there or can be pulled. */
export function canUseDocker(image: string): boolean {
  if (spawnSync("docker", ["info"], { timeout: 10_000, stdio: "ignore" }).status !== 0) return false;
  return docker("image", "inspect", image).ok || docker("pull", image).ok;
}

/** Starts the container, or starts it again where it exists. Errors: Docker's own message. */
export function startContainer(name: string, service: Service, port: number): void {
  if (docker("container", "inspect", nameOf(name)).ok) {
    const again = docker("start", nameOf(name));
    if (!again.ok) throw new Error(`docker could not start ${nameOf(name)}: ${again.output}`);
    return;
  }
  const env = Object.entries(service.container.env).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
  const volume = `${nameOf(name)}-data:${service.container.dataPath}`;
  const run = docker(
    "run",
    "-d",
    "--name",
    nameOf(name),
    "-p",
    `127.0.0.1:${port}:${service.container.port}`,
    "-v",
    volume,
    ...env,
    service.image,
  );
  if (!run.ok) throw new Error(`docker could not run ${service.image}: ${run.output}`);
}

/** Stops and removes the container; its volume keeps the data. */
export function stopContainer(name: string): void {
  docker("rm", "-f", nameOf(name));
}

/** Whether the container runs. */
export function containerRuns(name: string): boolean {
  return docker("container", "inspect", "-f", "{{.State.Running}}", nameOf(name)).output === "true";
}
