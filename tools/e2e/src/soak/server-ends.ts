import { readFileSync } from "node:fs";
import { type SeededRandom, type Server, waitFor } from "@gatelog/testkit";

const restartsMax = 3;

/** Starts it again; on a machine that is very busy that may take more than one attempt. */
export async function restarted(server: Server): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await server.restart();
    } catch (error) {
      if (attempt === restartsMax) throw error;
    }
  }
}

/** By SIGTERM; resolves when it has ended. */
export async function endInOrder(server: Server): Promise<void> {
  process.kill(server.pid, "SIGTERM");
  const isGone = () => {
    try {
      return !process.kill(server.pid, 0);
    } catch {
      return true;
    }
  };
  await waitFor(isGone, { deadlineMs: 60_000, what: "a server that was asked to stop to end" });
}

/** Freezes a server with the processes that it has started, as PostgreSQL does for every session; returns how to let them go on. */
export function freeze(server: Server): () => void {
  // The server first: then there are no new ones.
  const pids = [server.pid];
  process.kill(server.pid, "SIGSTOP");
  pids.push(...childrenOf(server.pid));
  for (const pid of pids.slice(1)) signal(pid, "SIGSTOP");
  return () => pids.forEach((pid) => signal(pid, "SIGCONT"));
}

/** The same items in an order that the random numbers choose. */
export function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  return Array.from({ length: items.length }, () => left.splice(random.integer(0, left.length - 1), 1)[0] as T);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
