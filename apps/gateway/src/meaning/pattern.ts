import { RE2JS, RE2JSException } from "re2js";
import type { Findings, Slot } from "./findings.ts";
import { patternCharsMax, patternMatchesMax } from "./limits.ts";

/** A regular expression and the slot for what it finds. */
export interface PatternTarget {
  readonly pattern: RE2JS;
  readonly slot: Slot;
}

/** What is wrong with a regular expression; undefined: nothing. */
export function patternProblem(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    const reason = error instanceof RE2JSException ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    return `this is no regular expression of RE2 (which has no look-around and no back-references, and so is never slow): ${reason}`;
  }
}

/** Compiles a regular expression that has no problem. */
export function compilePattern(source: string): RE2JS {
  return RE2JS.compile(source);
}

/** True when the expression matches somewhere in the text. */
export function matches(pattern: RE2JS, text: string): boolean {
  return pattern.matcher(text).find();
}

/**
 * Puts group 1 of every match, or the whole match where there is no group, into the slot.
 *
 * Only the first 16,384 characters are looked at. Where the text goes on behind what is looked at, a match that reaches its
 * end is not believed: it might have been longer.
 */
export function scanPattern(text: string, isCut: boolean, { pattern, slot }: PatternTarget, findings: Findings): void {
  const looked = text.length > patternCharsMax ? text.slice(0, patternCharsMax) : text;
  const isPart = isCut || looked.length < text.length;
  const matcher = pattern.matcher(looked);
  const group = matcher.groupCount() > 0 ? 1 : 0;
  for (let count = 0; count < patternMatchesMax && !findings.isFull(slot) && matcher.find(); count++) {
    const value = matcher.group(group);
    if (value !== null && !(isPart && matcher.end() === looked.length)) findings.add(slot, value);
  }
}
