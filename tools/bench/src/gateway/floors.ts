/** What a figure has to reach. */
interface Floor {
  readonly name: string;
  readonly bound: "at least" | "at most";
  readonly value: number;
}

/** The floors of the gateway's bench. */
export const floors: readonly Floor[] = [
  { name: "throughputVsOriginal", bound: "at least", value: 1.3 },
  { name: "cpuPerRequestVsOriginal", bound: "at most", value: 0.77 },
  { name: "p99VsOriginal", bound: "at most", value: 1.5 },
  { name: "rssMiB", bound: "at most", value: 200 },
];

/** One sentence for each floor whose figure was measured. */
export function judge(measured: Readonly<Record<string, number>>): string[] {
  return floors.flatMap(({ name, bound, value }) => {
    const figure = measured[name];
    if (figure === undefined) return [];
    const isMet = bound === "at least" ? figure >= value : figure <= value;
    return [`${isMet ? "met    " : "NOT MET"}  ${name} ${figure}, floor: ${bound} ${value}`];
  });
}
