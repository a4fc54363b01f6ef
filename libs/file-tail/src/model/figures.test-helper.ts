import type { WalkFigures } from "./walk.test-helper.ts";

/** The figures of no walk. */
export const noFigures: WalkFigures = {
  lines: 0,
  delivered: 0,
  vanished: 0,
  fragments: 0,
  ambiguous: 0,
  doubled: { rejected: 0, crashed: 0, copied: 0, shortened: 0 },
  operations: {},
  events: {},
};

/** The figures of walks that were made one after the other. */
export function addFigures(one: WalkFigures, other: WalkFigures): WalkFigures {
  return {
    lines: one.lines + other.lines,
    delivered: one.delivered + other.delivered,
    vanished: one.vanished + other.vanished,
    fragments: one.fragments + other.fragments,
    ambiguous: one.ambiguous + other.ambiguous,
    doubled: addCounts(one.doubled, other.doubled),
    operations: addCounts(one.operations, other.operations),
    events: addCounts(one.events, other.events),
  };
}

function addCounts<Counts extends Partial<Record<string, number>>>(one: Counts, other: Counts): Counts {
  const sum: Partial<Record<string, number>> = { ...one };
  for (const [name, count = 0] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum as Counts;
}
