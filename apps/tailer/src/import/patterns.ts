import { RE2JS, RE2JSException } from "re2js";
import type { Settings } from "./settings.ts";

/** Regular expressions, which are RE2's on both sides. One that is none, with which Filebeat would not start, is told of and left out. */
export function readPatterns(settings: Settings, key: string): readonly string[] {
  return settings.strings(key).filter((pattern) => {
    const problem = problemOf(pattern);
    if (problem !== undefined) settings.error(key, `"${pattern.slice(0, 80)}" is no regular expression (${problem}): correct it`);
    return problem === undefined;
  });
}

/** What the tailer's configuration lets a pattern have. */
const charactersMax = 4096;

function problemOf(pattern: string): string | undefined {
  if (pattern.length > charactersMax) return `it is longer than ${charactersMax} characters`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof RE2JSException ? error.message.replace(/^error parsing regexp: /, "") : String(error);
  }
}
