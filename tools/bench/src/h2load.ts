import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NeededProgram } from "./debian.ts";
import { percentile } from "./statistics.ts";

/** The load generator for latency: calls at a constant rate. Its own report has no percentiles; its log has every call. */
export const h2loadProgram: NeededProgram = { path: "/usr/bin/h2load", packages: ["nghttp2-client"] };

/** A constant rate, spread evenly over the connections. */
export interface ConstantLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** The JSON that is posted. */
  readonly body: string;
}

/** What came of it. **Units**: ms */
export interface LatencyResult {
  readonly answered: number;
  readonly failed: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Loads over HTTP/1.1. `directory` is for the body and the log. */
export async function runH2load(load: ConstantLoad, directory: string): Promise<LatencyResult> {
  const [body, log] = [join(directory, "body.json"), join(directory, "h2load.log")];
  writeFileSync(body, load.body);
  rmSync(log, { force: true });
  const perConnection = load.requestsPerSecond / load.connections;
  const options = ["--h1", "-t", "1", "-c", String(load.connections), "-D", String(load.seconds), `--rps=${perConnection.toFixed(3)}`];
  const content = ["-d", body, "-H", "content-type: application/json", `--log-file=${log}`];
  await promisify(execFile)(h2loadProgram.path, [...options, ...content, load.url], { maxBuffer: 1 << 20 });
  return parseLog(readFileSync(log, "utf8"));
}

/** Reads the log: start in µs, status (-1: failed), µs until the end of the answer; a line each. **Errors**: when no call was answered. */
export function parseLog(text: string): LatencyResult {
  const calls = text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t").map(Number) as [number, number, number]);
  const answered = calls.filter(([, status]) => status >= 100 && status < 400);
  if (answered.length === 0) throw new Error("h2load got no answer");
  const latencies = answered.map(([, , microseconds]) => microseconds / 1000);
  const starts = answered.map(([start]) => start);
  const spanSeconds =
    starts.reduce((max, start) => Math.max(max, start), 0) - starts.reduce((min, start) => Math.min(min, start), Infinity);
  return {
    answered: answered.length,
    failed: calls.length - answered.length,
    requestsPerSecond: answered.length / (spanSeconds / 1e6),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}
