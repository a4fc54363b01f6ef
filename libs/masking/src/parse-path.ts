import { pathStepsMax, type PathStep } from "./path-rules.ts";

const jsonStep = /(\.\.?)?(?:\[\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d{1,9})|(\*))\s*\]|(\*)|([\p{L}_][\p{L}\p{N}_-]*))/uy;
const xmlStep = /(\/\/?)(@?)(?:[\p{L}_][\p{L}\p{N}_.-]*:)?(\*|[\p{L}_][\p{L}\p{N}_.-]*)/uy;

/** The steps of `$.user.cards[*].no` (names, `['names']`, `[n]`, `[*]`, `..` of RFC 9535); undefined: none of these. */
export function parseJsonPath(path: string): readonly PathStep[] | undefined {
  if (!path.startsWith("$")) return undefined;
  return stepsOf(path, 1, jsonStep, ([, dots, single, double, index, bracketStar, star, name]) => {
    const isBracket = star === undefined && name === undefined;
    // `.['a']` and a bare `a` are no steps.
    if (isBracket ? dots === "." : dots === undefined) return undefined;
    const deep = dots === "..";
    if (index !== undefined) return { deep, kind: "index", name: "", index: Number(index) };
    if (bracketStar !== undefined || star !== undefined) return { deep, kind: "any", name: "*", index: 0 };
    return { deep, kind: "name", name: single ?? double ?? name ?? "", index: 0 };
  });
}

/** The steps of `/Envelope/Header`, `//CardNo` or `//Card/@no`; prefixes are ignored. undefined: none of these. */
export function parseXmlPath(path: string): readonly PathStep[] | undefined {
  const steps = stepsOf(path, 0, xmlStep, ([, slashes, at, name = ""]) => ({
    deep: slashes === "//",
    kind: at === "@" ? "attribute" : "name",
    name,
    index: 0,
  }));
  return steps?.slice(0, -1).some((step) => step.kind === "attribute") ? undefined : steps;
}

function stepsOf(
  path: string,
  start: number,
  pattern: RegExp,
  toStep: (match: RegExpExecArray) => PathStep | undefined,
): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  pattern.lastIndex = start;
  let at = start;
  while (at < path.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    const step = match === null ? undefined : toStep(match);
    if (match === null || step === undefined) return undefined;
    steps.push(step);
    at += match[0].length;
  }
  return steps.length === 0 || steps.length > pathStepsMax ? undefined : steps;
}
