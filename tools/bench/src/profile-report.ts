import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { byGroup, selfTimes, locateBySourceMaps, type CpuProfile, type SelfTime } from "./cpu-profile.ts";
import { formatTable } from "./table.ts";

const functionsShown = 50;
const groupsShown = 20;

/** What makes Node leave a profile in the directory when it ends. */
export function profilerArguments(directory: string): string[] {
  return ["--cpu-prof", `--cpu-prof-dir=${directory}`, "--cpu-prof-interval=500"];
}

/** Prints where the time of a profiled program went between two moments, for each of its threads. **Units**: span in µs on the clock of `process.hrtime` */
export function reportProfile(
  options: { readonly directory: string; readonly span: { readonly from: number; readonly to: number } },
  say: (text: string) => void,
): void {
  const { directory, span } = options;
  const locate = locateBySourceMaps();
  for (const name of readdirSync(directory).filter((name) => name.endsWith(".cpuprofile"))) {
    const file = join(directory, name);
    print(selfTimes(JSON.parse(readFileSync(file, "utf8")) as CpuProfile, span, locate), say);
    say(`\nprofile: ${file}`);
  }
}

function print(times: readonly SelfTime[], say: (text: string) => void): void {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const groups = byGroup(times).map(({ group, share }) => [group, percent(share)]);
  say(`\n${formatTable(["self time by group", "share"], groups.slice(0, groupsShown))}`);
  const rows = times.slice(0, functionsShown).map(({ group, name, place, share }) => [`${name}  ${place}`, group, percent(share)]);
  say(`\n${formatTable(["self time by function", "group", "share"], rows)}`);
}
