import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { benchDirectory } from "./clean-up.ts";
import type { NeededProgram } from "./debian.ts";

/** The load generator: one call after the other on each connection, as many as they take or at a constant rate. */
export const wrkProgram: NeededProgram = { path: "/usr/bin/wrk", packages: ["wrk"] };

/** What to send. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A POST of JSON with this body instead of a GET. */
  readonly body?: string;
  /** A constant rate, evenly spread; as many as possible where it is left out. */
  readonly requestsPerSecond?: number;
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
  /** From when a call was written until its answer was read. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const answerTimeoutSeconds = 30;
const marker = "gatelog-bench ";

/** Loads with one thread of wrk. */
export async function runWrk(load: Load): Promise<LoadResult> {
  const directory = await benchDirectory("wrk");
  const script = join(directory.path, "load.lua");
  writeFileSync(script, scriptOf(load));
  const options = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`, "--timeout", `${answerTimeoutSeconds}s`];
  try {
    const { stdout } = await promisify(execFile)(wrkProgram.path, [...options, "-s", script, load.url], { maxBuffer: 1 << 20 });
    return parseWrk(stdout);
  } finally {
    await directory.remove();
  }
}

/** Reads the line that our script prints. **Errors**: when it is not there. */
export function parseWrk(output: string): LoadResult {
  const line = output.split("\n").find((each) => each.startsWith(marker));
  if (line === undefined) throw new Error(`wrk printed no result: ${output.slice(-500)}`);
  const [answered = 0, microseconds = 0, bytes = 0, refused = 0, broken = 0, p50 = 0, p99 = 0] = line
    .slice(marker.length)
    .split(" ")
    .map(Number);
  return { answered, seconds: microseconds / 1e6, bytes, refused, broken, p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
}

function scriptOf({ body, requestsPerSecond }: Load): string {
  const request =
    body === undefined ? "" : `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[${body}]==]\n`;
  const pace = requestsPerSecond === undefined ? "" : paceOf(requestsPerSecond);
  return `${request}${pace}
done = function(summary, latency)
  local e = summary.errors
  print(string.format("${marker}%d %d %d %d %d %d %d", summary.requests, summary.duration, summary.bytes, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`;
}

/**
 * Every call takes the next slot of one schedule for all connections; `delay` says for how many milliseconds its connection waits
 * before it. Rounded at random, for rounded down all slots of a millisecond would be one burst.
 */
function paceOf(requestsPerSecond: number): string {
  return `
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } bench_time; int clock_gettime(int clock, bench_time *time);")
local monotonic, time, slot = 1, ffi.new("bench_time"), nil
delay = function()
  ffi.C.clock_gettime(monotonic, time)
  local now = tonumber(time.s) * 1000 + tonumber(time.ns) / 1e6
  slot = (slot or now) + ${1000 / requestsPerSecond}
  return math.max(0, math.floor(slot - now + math.random()))
end
`;
}
