/** What a figure has to reach. */
export interface Floor {
  readonly name: string;
  readonly bound: "at least" | "at most";
  readonly value: number;
}

/** One sentence for each floor whose figure was measured. */
export function judgeFloors(floors: readonly Floor[], measured: Readonly<Record<string, number>>): string[] {
  return floors.flatMap(({ name, bound, value }) => {
    const figure = measured[name];
    if (figure === undefined) return [];
    const isMet = bound === "at least" ? figure >= value : figure <= value;
    return [`${isMet ? "met    " : "NOT MET"}  ${name} ${figure}, floor: ${bound} ${value}`];
  });
}
