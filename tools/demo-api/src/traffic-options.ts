import { parseArgs } from "node:util";

/** What to send where. */
export interface TrafficOptions {
  readonly gateway: string;
  /** Calls per second. */
  readonly ratePerSecond: number;
  /** Calls in all; undefined: until stopped. */
  readonly count: number | undefined;
  readonly seed: number;
}

const gatewayDefault = "http://127.0.0.1:9000";
const rateDefault = 5;
const rateMax = 1000;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const usage = "demo:traffic [--gateway URL] [--rate CALLS_PER_SECOND] [--count N] [--seed N] [--allow-remote]";

/** Reads the command line. **Errors**: Error with one sentence. */
export function readTrafficOptions(args: readonly string[]): TrafficOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gateway: { type: "string", default: gatewayDefault },
      rate: { type: "string", default: String(rateDefault) },
      count: { type: "string" },
      seed: { type: "string" },
      "allow-remote": { type: "boolean", default: false },
    },
  });
  const gateway = new URL(values.gateway);
  if (!values["allow-remote"] && !loopback.test(gateway.hostname))
    throw new Error(`--gateway ${values.gateway} is not this machine; give --allow-remote if you really mean to send demo calls there`);
  return {
    gateway: gateway.origin,
    ratePerSecond: number("--rate", values.rate, { min: 0.01, max: rateMax }),
    count: values.count === undefined ? undefined : number("--count", values.count, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : number("--seed", values.seed, { min: 0, max: 0xffffffff }),
  };
}

function number(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) throw new Error(`${name} must be a number from ${min} to ${max}, found "${text}"`);
  return value;
}
