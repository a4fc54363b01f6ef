import { RE2JS } from "re2js";

/** A regular expression of the configuration, ready to run. */
export interface Pattern {
  /** True when it matches somewhere. */
  test(text: string): boolean;
  /** Every match, or its group 1 where it has one; empty ones left out. */
  find(text: string): readonly { readonly from: number; readonly to: number }[];
}

/** Flags that a pattern may have: without regard to case, `^` and `$` at lines, `.` matches line ends. */
export const patternFlags = ["i", "m", "s"] as const;

/** Choices in a pattern that the engine's own, backtracking matcher is trusted with. */
const nativeChoicesMax = 3;
const nativeRepeatsMax = 32;

/**
 * Compiles a pattern in RE2 syntax: no look-around, no back-references, and in return linear time on any text.
 *
 * **Errors**: throws on a pattern that is invalid. Patterns that cannot backtrack for long (`SN-\d{6}`) run on the
 * engine's own matcher, which is several times faster.
 */
export function compilePattern(source: string, flags = ""): Pattern {
  const compiled = RE2JS.compile(source, re2Flags(flags));
  return cannotBacktrackLong(source) ? nativePattern(new RegExp(source, flags), new RegExp(source, `${flags}dg`)) : re2Pattern(compiled);
}

function re2Flags(flags: string): number {
  const values: Readonly<Record<string, number>> = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  return Array.from(flags).reduce((all, flag) => all | (values[flag] ?? 0), 0);
}

function re2Pattern(compiled: RE2JS): Pattern {
  return {
    test: (text) => compiled.test(text),
    find: (text) => {
      if (!compiled.test(text)) return [];
      const found = [];
      const matcher = compiled.matcher(text);
      const group = matcher.groupCount() > 0 ? 1 : 0;
      while (matcher.find())
        if (matcher.end(group) > matcher.start(group)) found.push({ from: matcher.start(group), to: matcher.end(group) });
      return found;
    },
  };
}

function nativePattern(one: RegExp, all: RegExp): Pattern {
  return {
    test: (text) => one.test(text),
    find: (text) =>
      Array.from(text.matchAll(all), ({ indices }) => indices?.[1] ?? indices?.[0] ?? ([0, 0] as const))
        .map(([from, to]) => ({ from, to }))
        .filter(({ from, to }) => to > from),
  };
}

/** No open repetition, no repeated group, few choices: each start costs a bounded, small number of steps. */
function cannotBacktrackLong(source: string): boolean {
  if (/[*+]|,\}|\)[?{]|\(\?|\[\[:|\\[^dDwWbtnr.\-/()[\]{}|^$?]/.test(source)) return false;
  const ranges = source.match(/\{\d+,\d+\}/g) ?? [];
  const repeats = (source.match(/\d+(?=\})/g) ?? []).map(Number);
  const choices = ranges.length + (source.match(/[|?]/g) ?? []).length;
  return choices <= nativeChoicesMax && repeats.every((count) => count <= nativeRepeatsMax);
}
