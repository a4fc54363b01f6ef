import { pathStepsMax } from "./limits.ts";
import { PathSyntaxError, syntaxError } from "./path-syntax-error.ts";

/** One step of a path: which entries of an object or array it leads to. */
export interface JsonStep {
  /** `*` is every entry, a number the entry of an array, a string that of an object. */
  readonly entry: { readonly name: string } | { readonly index: number } | "*";
  /** Written `..`: at this level and at every one below. */
  readonly descends: boolean;
}

const names = /[\p{L}_\u0080-\u{10FFFF}][\p{L}\p{N}_\u0080-\u{10FFFF}]*/uy;
const indexes = /0|[1-9]\d{0,8}/y;

/**
 * Reads a path of the subset of JSONPath (RFC 9535) that can be followed in one pass.
 *
 * **Shape**: `$.code`, `$.data.items[*].no`, `$['order-no']`, `$.list[0]`, `$..orderNo`; not filters, slices, lists of
 * selectors and indexes from the end. **Errors**: PathSyntaxError with the position.
 */
export function parseJsonPath(path: string): readonly JsonStep[] {
  if (!path.startsWith("$")) throw syntaxError(path, 0, "$");
  const steps: JsonStep[] = [];
  let at = 1;
  while (at < path.length) {
    const read = readStep(path, at);
    steps.push(read.step);
    at = read.end;
  }
  if (steps.length === 0) throw syntaxError(path, at, 'a step such as .code or ["code"]');
  if (steps.length > pathStepsMax) throw new PathSyntaxError(`"${path}" has ${steps.length} steps, at most ${pathStepsMax} are followed`);
  return steps;
}

interface ReadStep {
  readonly step: JsonStep;
  readonly end: number;
}

function readStep(path: string, start: number): ReadStep {
  const descends = path.startsWith("..", start);
  const at = descends ? start + 2 : start;
  if (path.charAt(at) === "[") return readBrackets(path, at + 1, descends);
  if (!descends && path.charAt(at) !== ".") throw syntaxError(path, at, ". or [");
  return readDotted(path, descends ? at : at + 1, descends);
}

function readDotted(path: string, at: number, descends: boolean): ReadStep {
  if (path.charAt(at) === "*") return { step: { entry: "*", descends }, end: at + 1 };
  const name = matchAt(names, path, at);
  if (name === undefined) throw syntaxError(path, at, "a name or * (names with other characters stand in brackets: ['order-no'])");
  return { step: { entry: { name }, descends }, end: at + name.length };
}

function readBrackets(path: string, at: number, descends: boolean): ReadStep {
  const first = path.charAt(at);
  if (first === "*") return closed(path, at + 1, { entry: "*", descends });
  if (first === "'" || first === '"') return readQuoted(path, at, descends);
  const digits = matchAt(indexes, path, at);
  if (digits === undefined) throw syntaxError(path, at, "an index from 0, a name in quotes or *");
  return closed(path, at + digits.length, { entry: { index: Number(digits) }, descends });
}

/** A name in quotes; a backslash takes the character behind it as it is. */
function readQuoted(path: string, start: number, descends: boolean): ReadStep {
  const quote = path.charAt(start);
  let name = "";
  for (let at = start + 1; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === quote) return closed(path, at + 1, { entry: { name }, descends });
    if (char === "\\") at++;
    name += path.charAt(at);
  }
  throw syntaxError(path, path.length, `the closing ${quote}`);
}

function closed(path: string, at: number, step: JsonStep): ReadStep {
  if (path.charAt(at) !== "]") throw syntaxError(path, at, "]");
  return { step, end: at + 1 };
}

function matchAt(pattern: RegExp, path: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(path)?.[0];
}
