import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "@gatelog/testkit";

export interface WalksOptions {
  readonly firstSeed: number;
  readonly walks: number;
  /** Processes that walk side by side. */
  readonly processes: number;
  readonly say: (text: string) => void;
}

/** Figures of walks, summed; counts may be nested. */
export type WalkSums = { [name: string]: number | WalkSums };

/** What a process of walks tells, a line each (libs/file-tail/src/model/main.ts). */
type Report =
  | { readonly type: "progress"; readonly walks: number; readonly figures: WalkSums }
  | {
      readonly type: "failed";
      readonly seed: number;
      readonly message: string;
      readonly trace: readonly string[];
      readonly directory: string;
    };

/** Walks that are under way at the same time in one process: each waits most of its time. */
const atOnce = 4;
const sayEveryMs = 30_000;

/**
 * Random walks of writers and a tail against a model, over several processes.
 *
 * **Errors**: the first violation, with the seed that replays it and the directory where its files are.
 */
export async function walkTailer({ firstSeed, walks, processes, say }: WalksOptions): Promise<{ walks: number; sums: WalkSums }> {
  const share = Math.ceil(walks / processes);
  const progress: Extract<Report, { type: "progress" }>[] = [];
  const timer = setInterval(() => say(`${progress.reduce((sum, one) => sum + (one?.walks ?? 0), 0)} of ${walks} walks`), sayEveryMs);
  const stopping = new AbortController();
  try {
    const shares = Array.from({ length: processes }, (_, index) => ({
      seed: firstSeed + index * share,
      count: Math.min(share, walks - index * share),
      onProgress: (report: Extract<Report, { type: "progress" }>) => (progress[index] = report),
      signal: stopping.signal,
    }));
    await Promise.all(shares.filter(({ count }) => count > 0).map(walkShare));
  } finally {
    stopping.abort();
    clearInterval(timer);
  }
  const done = progress.reduce((sum, one) => sum + (one?.walks ?? 0), 0);
  if (done !== walks) throw new Error(`${done} of ${walks} walks were made`);
  return { walks: done, sums: progress.reduce<WalkSums>((sums, { figures }) => add(sums, figures), {}) };
}

interface Share {
  readonly seed: number;
  readonly count: number;
  readonly onProgress: (report: Extract<Report, { type: "progress" }>) => void;
  readonly signal: AbortSignal;
}

async function walkShare({ seed, count, onProgress, signal }: Share): Promise<void> {
  const program = join(repositoryRoot, "libs/file-tail/src/model/main.ts");
  const values = ["--seed", String(seed), "--count", String(count), "--at-once", String(atOnce)];
  const child = spawn(process.execPath, ["--import", "tsx", program, ...values], {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
    child.once("error", () => resolve(null));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const report = JSON.parse(line) as Report;
    if (report.type === "progress") onProgress(report);
    else throw new Error(`walk ${report.seed}: ${report.message}\n${report.trace.join("\n")}\nits files are in ${report.directory}`);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the walks from ${seed} on ended with ${code}`);
}

function add(one: WalkSums, other: WalkSums): WalkSums {
  const sum: WalkSums = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = sum[name];
    if (typeof value === "number") sum[name] = (typeof before === "number" ? before : 0) + value;
    else sum[name] = add(typeof before === "object" ? before : {}, value);
  }
  return sum;
}
