import { pathStepsMax } from "./limits.ts";
import { PathSyntaxError, syntaxError } from "./path-syntax-error.ts";

/** One step of a path: which elements it leads to. */
export interface XmlStep {
  /** Local name; `*` is any. */
  readonly name: string;
  /** Written `//`: at this level and at every one below. */
  readonly descends: boolean;
}

/** A path to elements, or to an attribute of them. */
export interface XmlPath {
  readonly steps: readonly XmlStep[];
  /** Local name. */
  readonly attribute: string | undefined;
}

const names = /\*|[\p{L}_][\p{L}\p{N}_.-]*/uy;

/**
 * Reads a path of the subset of XPath that can be followed in one pass, on local names (without prefixes).
 *
 * **Shape**: `/Envelope/Body/Fault/faultstring`, `//OrderNo`, `/Orders/Order/@no`, `*` for any element; not predicates, functions and other axes.
 * **Errors**: PathSyntaxError with the position.
 */
export function parseXmlPath(path: string): XmlPath {
  const steps: XmlStep[] = [];
  let at = 0;
  do {
    if (path.charAt(at) !== "/") throw syntaxError(path, at, "/");
    const descends = path.charAt(at + 1) === "/";
    at += descends ? 2 : 1;
    if (path.charAt(at) === "@" && !descends && steps.length > 0) return { steps, attribute: readAttribute(path, at + 1) };
    const name = nameAt(path, at, "the name of an element, without a prefix, or *");
    steps.push({ name, descends });
    at += name.length;
  } while (at < path.length);
  if (steps.length > pathStepsMax) throw new PathSyntaxError(`"${path}" has ${steps.length} steps, at most ${pathStepsMax} are followed`);
  return { steps, attribute: undefined };
}

function readAttribute(path: string, at: number): string {
  const name = nameAt(path, at, "the name of an attribute, without a prefix");
  if (name === "*") throw syntaxError(path, at, "the name of an attribute, without a prefix");
  if (at + name.length < path.length) throw syntaxError(path, at + name.length, "nothing behind an attribute");
  return name;
}

function nameAt(path: string, at: number, expected: string): string {
  names.lastIndex = at;
  const name = names.exec(path)?.[0];
  if (name === undefined) throw syntaxError(path, at, expected);
  return name;
}
