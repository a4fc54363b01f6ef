import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { byGroup, selfTimes, sourceMapOf, type CpuProfile } from "../cpu-profile.ts";
import { formatTable } from "../table.ts";
import { startGatelog } from "./gatelog.ts";
import { mainLoad } from "./main-load.ts";
import { measureRound } from "./round.ts";

const functionsShown = 50;
const warmUpSeconds = 5;

/** Profiles ours under the main load and prints where its time goes. Leaves the `.cpuprofile`, which Chrome's DevTools open. */
export async function profileGateway(
  options: { readonly upstreamPort: number; readonly bundle: string; readonly seconds: number },
  say: (text: string) => void,
): Promise<void> {
  const { upstreamPort, bundle, seconds } = options;
  const directory = await temporaryDirectory("gatelog-profile-");
  const nodeArguments = ["--cpu-prof", `--cpu-prof-dir=${directory.path}`, "--cpu-prof-interval=500"];
  const gateway = await startGatelog({ name: "gatelog", upstreamPort, bundle, nodeArguments });
  const span = { from: 0, to: 0 };
  try {
    await measureRound(gateway, { ...mainLoad, seconds: warmUpSeconds });
    span.from = nowUs();
    const round = await measureRound(gateway, { ...mainLoad, seconds });
    span.to = span.from + round.seconds * 1e6;
    say(`${round.requestsPerSecond.toFixed(0)} req/s, ${round.cpuPerRequestUs.toFixed(1)} µs CPU a request while it was profiled`);
  } finally {
    await gateway.stop();
  }
  const file = join(directory.path, readdirSync(directory.path).find((name) => name.endsWith(".cpuprofile")) ?? "");
  const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
  print(selfTimes(profile, span, sourceMapOf(bundle)), say);
  say(`\nprofile: ${file}`);
}

function print(times: ReturnType<typeof selfTimes>, say: (text: string) => void): void {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const groups = byGroup(times).map(({ group, share }) => [group, percent(share)]);
  say(`\n${formatTable(["self time by group", "share"], groups.slice(0, 20))}`);
  const rows = times.slice(0, functionsShown).map(({ group, name, place, share }) => [`${name}  ${place}`, group, percent(share)]);
  say(`\n${formatTable(["self time by function", "group", "share"], rows)}`);
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
