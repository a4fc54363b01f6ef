import { judgeFloors, type Floor } from "../floors.ts";

/** The floors of the gateway's bench. */
export const floors: readonly Floor[] = [
  { name: "throughputVsOriginal", bound: "at least", value: 1.3 },
  { name: "cpuPerRequestVsOriginal", bound: "at most", value: 0.77 },
  { name: "p99VsOriginal", bound: "at most", value: 1.5 },
  { name: "rssMiB", bound: "at most", value: 200 },
];

/** One sentence for each floor whose figure was measured. */
export function judge(measured: Readonly<Record<string, number>>): string[] {
  return judgeFloors(floors, measured);
}
