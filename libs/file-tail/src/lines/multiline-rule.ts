import type { MultilineOptions } from "../types.ts";
import { LinePattern } from "./pattern.ts";
import type { TextSpan } from "./text-arena.ts";

/** Which lines are one event. */
export interface MultilineRule {
  /** Whether the line belongs to the event before it. */
  joins(line: TextSpan): boolean;
  /** Whether an event of so many lines is whole with its last line, whatever follows. */
  ends(last: TextSpan, lines: number): boolean;
}

/**
 * The rule of the options, which is Filebeat's: with `after`, lines that match follow the one before them; with `before`, they go before the next
 * one; `negate` means the lines that do not match. A line that matches `flushPattern` ends its event.
 *
 * **Errors**: GATELOG_FILE_TAIL_LINES.
 */
export function multilineRuleOf(options: MultilineOptions, option: string): MultilineRule {
  if (options.type === "count") return { joins: () => true, ends: (_last, lines) => lines >= options.count };
  const pattern = new LinePattern(options.pattern, `${option}.pattern`);
  const { negate = false } = options;
  const isHit = (line: TextSpan) => pattern.matches(line) !== negate;
  if (options.type === "while") return { joins: isHit, ends: (last, lines) => lines === 1 && !isHit(last) };
  const flush = options.flushPattern === undefined ? undefined : new LinePattern(options.flushPattern, `${option}.flushPattern`);
  const flushes = (line: TextSpan) => flush?.matches(line) === true;
  if (options.match === "before") return { joins: () => true, ends: (last) => flushes(last) || !isHit(last) };
  return { joins: (line) => flushes(line) || isHit(line), ends: flushes };
}
