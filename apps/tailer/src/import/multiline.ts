import { readPatterns } from "./patterns.ts";
import type { Settings } from "./settings.ts";
import type { TargetMultiline } from "./target.ts";

const types: Readonly<Record<string, TargetMultiline["type"]>> = {
  pattern: "pattern",
  count: "count",
  while_pattern: "while",
  "while-pattern": "while",
};

/** Lines that are one event. `undefined` where the settings would make Filebeat refuse to start. */
export function convertMultiline(settings: Settings): TargetMultiline | undefined {
  const type = types[settings.string("type") ?? "pattern"];
  const [pattern] = readPatterns(settings, "pattern");
  const [match, count] = [settings.string("match"), settings.integer("count_lines")];
  if (type === undefined || (type === "count" ? count === undefined || count < 1 : pattern === undefined)) {
    settings.errorAll("says too little to be used: it needs a pattern, or count_lines with type: count");
    return undefined;
  }
  settings.note("skip_newline", "has no equivalent: the lines of an event are joined by line feeds");
  const linesMax = settings.integer("max_lines");
  if (linesMax !== undefined)
    settings.note("max_lines", "became linesMax, beyond which a new event begins: Filebeat throws these lines away");
  const common = { linesMax: linesMax !== undefined && linesMax > 0 ? linesMax : undefined, flushMs: convertTimeout(settings) };
  if (type === "count") {
    if (count === 1) {
      settings.noteAll("makes each line an event, as lines are anyway");
      return undefined;
    }
    if (common.linesMax !== undefined && count !== undefined) common.linesMax = Math.max(common.linesMax, count);
    for (const key of ["pattern", "negate", "match", "flush_pattern"]) settings.note(key, "means nothing with type: count");
    return { type, count, ...common };
  }
  if (count !== undefined) settings.note("count_lines", `means nothing with type: ${type}`);
  const negate = settings.boolean("negate") ? true : undefined;
  if (type === "while") {
    for (const key of ["match", "flush_pattern"]) settings.note(key, "means nothing with type: while_pattern");
    return { type, pattern, negate, ...common };
  }
  if (match !== "before" && match !== "after") settings.note("match", `is neither before nor after, so that after was taken`);
  return {
    type,
    pattern,
    negate,
    match: match === "before" ? "before" : "after",
    flushPattern: readPatterns(settings, "flush_pattern")[0],
    ...common,
  };
}

/** Longer than any writer pauses within an event. */
const flushMsMax = 3_600_000;

function convertTimeout(settings: Settings): number | undefined {
  const timeoutMs = settings.durationMs("timeout");
  if (timeoutMs === undefined) return undefined;
  const flushMs = Math.min(Math.max(timeoutMs, 1), flushMsMax);
  if (flushMs !== timeoutMs) settings.note("timeout", `became flushMs: ${flushMs} ms, for it must be from 1 to ${flushMsMax}`);
  return flushMs;
}
