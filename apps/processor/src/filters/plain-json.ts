/** Levels of objects in each other; JSON.stringify recurses. */
const depthMax = 200;

/**
 * Takes out of an object, in place, what JSON has no form for: functions, symbols, big integers, cycles, what is nested too deeply, and what says
 * for itself how it is written. Dates become texts.
 *
 * **Guarantee**: afterwards JSON.stringify does not throw. Returns the keys that were taken out.
 */
export function removeWhatIsNoJson(root: object): string[] {
  const removed: string[] = [];
  clean(root as Record<string, unknown>, "", { removed, open: new Set([root]) });
  return removed;
}

interface Walk {
  readonly removed: string[];
  /** The objects around the one that is looked at. */
  readonly open: Set<object>;
}

function clean(target: Record<string, unknown>, path: string, walk: Walk): void {
  for (const key of Object.keys(target)) {
    const value = target[key];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null || value === undefined)
      continue;
    const place = path === "" ? key : `${path}.${key}`;
    if (value instanceof Date) target[key] = Number.isNaN(value.getTime()) ? null : value.toISOString();
    else if (typeof value !== "object" || walk.open.has(value) || walk.open.size >= depthMax || "toJSON" in value) {
      walk.removed.push(place);
      if (Array.isArray(target)) target[key as unknown as number] = null;
      else delete target[key];
    } else {
      walk.open.add(value);
      clean(value as Record<string, unknown>, place, walk);
      walk.open.delete(value);
    }
  }
}
