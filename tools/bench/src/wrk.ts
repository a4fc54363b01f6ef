import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NeededProgram } from "./debian.ts";

/** The load generator for peaks: as many calls as the connections take, one after the other on each. */
export const wrkProgram: NeededProgram = { path: "/usr/bin/wrk", packages: ["wrk"] };

/** What to send. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A POST of JSON with this body instead of a GET. */
  readonly body?: string;
}

/** What came of it. */
export interface LoadResult {
  readonly answered: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Answers of 400 and above. */
  readonly refused: number;
  /** Connections that failed, broke or timed out. */
  readonly broken: number;
  readonly p99Ms: number;
}

const answerTimeoutSeconds = 30;
const marker = "gatelog-bench ";

/** Loads with one thread of wrk. `directory` is for its script. */
export async function runWrk(load: Load, directory: string): Promise<LoadResult> {
  const script = join(directory, "load.lua");
  writeFileSync(script, scriptOf(load.body));
  const options = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`, "--timeout", `${answerTimeoutSeconds}s`];
  const { stdout } = await promisify(execFile)(wrkProgram.path, [...options, "-s", script, load.url], { maxBuffer: 1 << 20 });
  return parseWrk(stdout);
}

/** Reads the line that our script prints. **Errors**: when it is not there. */
export function parseWrk(output: string): LoadResult {
  const line = output.split("\n").find((each) => each.startsWith(marker));
  if (line === undefined) throw new Error(`wrk printed no result: ${output.slice(-500)}`);
  const [answered = 0, microseconds = 0, bytes = 0, refused = 0, broken = 0, p99 = 0] = line.slice(marker.length).split(" ").map(Number);
  return { answered, seconds: microseconds / 1e6, bytes, refused, broken, p99Ms: p99 / 1000 };
}

function scriptOf(body: string | undefined): string {
  const request =
    body === undefined ? "" : `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[${body}]==]\n`;
  return `${request}
done = function(summary, latency)
  local e = summary.errors
  print(string.format("${marker}%d %d %d %d %d %d", summary.requests, summary.duration, summary.bytes, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(99)))
end
`;
}
