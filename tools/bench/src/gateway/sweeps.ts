import type { Figures } from "../results.ts";
import { rounded } from "../statistics.ts";
import type { RunningCandidate } from "./candidate.ts";
import { mainLoad } from "./main-load.ts";
import { measureRound, type CandidateLoad, type Round } from "./round.ts";
import { answerBytes, jsonOf } from "./upstream.ts";

const uploadBytes = [1024, 262_144, 10_485_760] as const;
const connectionCounts = [1, 32, 256, 1000, 2000] as const;
const sweepSeconds = 3;
/** For bodies of a MiB and more: enough of them have to end within a round. */
const largeSeconds = 6;
const mebibyte = 1_048_576;
/** Few, so that even 10 MB bodies are finished within a round. */
const sizeConnections = 16;

type Say = (text: string) => void;

/** Both sweeps, one candidate after the other under each load. */
export async function sweepAll(candidates: readonly RunningCandidate[], say: Say): Promise<{ sizes: Figures; connections: Figures }> {
  return { sizes: await sweepSizes(candidates, say), connections: await sweepConnections(candidates, say) };
}

/** Answers and uploads of growing size. */
function sweepSizes(candidates: readonly RunningCandidate[], say: Say): Promise<Figures> {
  const base = (bytes: number) => ({ connections: sizeConnections, seconds: bytes < mebibyte ? sweepSeconds : largeSeconds });
  const answers = answerBytes.map((bytes) => ({ name: `answer ${label(bytes)}`, load: { ...base(bytes), path: `/files/${bytes}` } }));
  const uploads = uploadBytes.map((bytes) => ({
    name: `upload ${label(bytes)}`,
    load: { ...base(bytes), path: "/upload", body: jsonOf(bytes) },
  }));
  return sweep(candidates, [...answers, ...uploads], say);
}

/** The main load over growing numbers of connections. */
function sweepConnections(candidates: readonly RunningCandidate[], say: Say): Promise<Figures> {
  const loads = connectionCounts.map((connections) => ({
    name: `${connections} connections`,
    load: { ...mainLoad, connections, seconds: sweepSeconds },
  }));
  return sweep(candidates, loads, say);
}

async function sweep(
  candidates: readonly RunningCandidate[],
  loads: readonly { readonly name: string; readonly load: CandidateLoad }[],
  say: Say,
): Promise<Figures> {
  const figures: Record<string, Figures> = {};
  for (const { name, load } of loads) {
    const entries: [string, ReturnType<typeof figuresOf>][] = [];
    for (const candidate of candidates) entries.push([candidate.name, figuresOf(await measureRound(candidate, load))]);
    figures[name] = Object.fromEntries(entries);
    say(`${name.padEnd(18)} ${entries.map(([candidate, each]) => `${candidate} ${describe(each)}`).join("   ")}`);
  }
  return figures;
}

function figuresOf(round: Round) {
  return {
    requestsPerSecond: rounded(round.requestsPerSecond, 1),
    mebibytesPerSecond: rounded(round.bytes / round.seconds / mebibyte, 1),
    ...(round.answered === 0 ? {} : { cpuPerRequestUs: rounded(round.cpuPerRequestUs, 1) }),
    rssMiB: Math.round(round.rssMiB),
    refused: round.refused,
    broken: round.broken,
  };
}

function describe({ requestsPerSecond, refused, broken }: ReturnType<typeof figuresOf>): string {
  const errors = refused + broken === 0 ? "" : ` (${refused} refused, ${broken} broken)`;
  return `${requestsPerSecond}/s${errors}`;
}

function label(bytes: number): string {
  if (bytes >= mebibyte) return `${bytes / mebibyte} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}
