import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { residentMebibytes, watchMemory } from "../processes.ts";
import type { Candidate, RunningCandidate } from "./candidate.ts";
import { mainLoad } from "./main-load.ts";
import { measureRound } from "./round.ts";
import { withRunning } from "./running.ts";

const activeConnections = 1000;
const activeSeconds = 10;
const stalledClients = 100;
const stalledPath = "/files/10485760";
const stalledMs = 10_000;

/** Peak resident memory of each case, and of all. **Units**: MiB */
export interface MemoryFigures {
  readonly rssMiB: number;
  readonly memory: Readonly<Record<"idle" | "mainLoad" | "thousandConnections" | "hundredStalledClients", number>>;
}

/** Measures each case but the main load, whose peak is given, on a process of its own, so that none inherits another's heap. */
export async function measureMemory(
  candidate: Candidate,
  given: { readonly upstreamPort: number; readonly mainLoad: number },
  say: (text: string) => void,
): Promise<MemoryFigures> {
  const measure = async (use: (running: RunningCandidate) => Promise<number>) =>
    Math.round(await withRunning([candidate], given.upstreamPort, ([running]) => use(running as RunningCandidate)));
  const memory = {
    idle: await measure((running) => Promise.resolve(residentMebibytes(running.pid))),
    mainLoad: given.mainLoad,
    thousandConnections: await measure(underManyConnections),
    hundredStalledClients: await measure(underStalledClients),
  };
  for (const [name, mebibytes] of Object.entries(memory)) say(`memory  ${name.padEnd(22)} ${mebibytes} MiB`);
  return { rssMiB: Math.max(...Object.values(memory)), memory };
}

async function underManyConnections(running: RunningCandidate): Promise<number> {
  const round = await measureRound(running, { ...mainLoad, connections: activeConnections, seconds: activeSeconds });
  if (round.broken > 0) throw new Error(`${running.name} broke ${round.broken} of ${activeConnections} connections`);
  return round.rssMiB;
}

/** Clients that ask for a large answer and then read nothing. */
async function underStalledClients({ pid, port }: RunningCandidate): Promise<number> {
  const peak = watchMemory(pid);
  const sockets = await Promise.all(Array.from({ length: stalledClients }, () => askAndStall(port)));
  await sleep(stalledMs);
  for (const socket of sockets) socket.destroy();
  return peak();
}

function askAndStall(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.pause();
      socket.write(`GET ${stalledPath} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, () => resolve(socket));
    });
    socket.once("error", reject);
  });
}
