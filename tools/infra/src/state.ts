import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { infraDirectory } from "@gatelog/testkit";
import { containerRuns } from "./docker.ts";

/** A server that `infra up` started: by pid, or as a container. */
export interface Running {
  readonly kind: "process" | "container";
  readonly port: number;
  /** 0 for a container. */
  readonly pid: number;
  readonly logFile: string;
}

const directory = join(infraDirectory, "run");
const fileOf = (name: string) => join(directory, `${name}.json`);

/** What runs under this name, or undefined. A recorded pid that now belongs to something else counts as gone. */
export function readRunning(name: string): Running | undefined {
  let running: Running;
  try {
    running = JSON.parse(readFileSync(fileOf(name), "utf8")) as Running;
  } catch {
    return undefined;
  }
  const alive = running.kind === "container" ? containerRuns(name) : isServer(running);
  return alive ? running : undefined;
}

/** The command line of our servers holds the path of their data; another process with a reused pid does not. */
function isServer(running: Running): boolean {
  try {
    return readFileSync(`/proc/${running.pid}/cmdline`, "utf8").includes(infraDirectory);
  } catch {
    return false;
  }
}

/** Remembers what was started. */
export function writeRunning(name: string, running: Running): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(fileOf(name), `${JSON.stringify(running)}\n`);
}

/** Forgets it. */
export function forgetRunning(name: string): void {
  rmSync(fileOf(name), { force: true });
}
