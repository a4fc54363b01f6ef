import type { Findings, Slot } from "./findings.ts";
import type { JsonStep } from "./json-path.ts";
import { containersEnd, isPlainScalar, nameText, skipSpace, stringEnd, stringText, wordEnd } from "./json-text.ts";
import { depthMax, readCharsMax } from "./limits.ts";
import { ReusedList } from "./reused-list.ts";

/** A path and the slot for what it leads to. */
export interface JsonTarget {
  readonly path: readonly JsonStep[];
  readonly slot: Slot;
}

/** A step with what follows it. Several paths are followed at once by the set of steps that are next at each level. */
interface Node {
  /** Which entries it matches; an `element` is every entry of an array. */
  readonly kind: "name" | "index" | "any" | "element";
  readonly name: string;
  readonly index: number;
  readonly descends: boolean;
  /** Set on a path's last step. */
  readonly slot: Slot | undefined;
  readonly next: Node | undefined;
}

/** An object or array that is open. */
interface Level {
  isArray: boolean;
  /** Entries before the next one. */
  count: number;
  /** Steps that may match an entry to come. */
  readonly pending: ReusedList<Node>;
}

const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

/**
 * Reads what paths lead to from the first JSON document of a text, all paths in one pass.
 *
 * It follows tokens rather than building a document, so the text may be cut anywhere: what is not there whole is not found.
 * Of members with one name the first counts. **Guarantee**: never throws, linear in the text, ends as soon as nothing more can
 * be found or the text is no JSON; strings, numbers and booleans are values, of an array each of its own where the slot takes
 * several.
 */
export class JsonScanner {
  readonly #roots: readonly Node[];
  readonly #slotCount: number;
  /** Reused from call to call; the last one takes the steps of what is nested too deep. */
  readonly #levels: readonly Level[] = Array.from({ length: depthMax + 2 }, () => ({
    isArray: false,
    count: 0,
    pending: new ReusedList(),
  }));
  /** Slots that the entry at hand is for. */
  readonly #hits = new ReusedList<Slot>();
  #text = "";
  #at = 0;
  #depth = 0;
  /** Slots that take more. */
  #open = 0;

  constructor(targets: readonly JsonTarget[]) {
    this.#roots = targets.map(({ path, slot }) => nodeOf(path, slot));
    this.#slotCount = targets.length;
  }

  scan(text: string, findings: Findings): void {
    this.#text = text;
    this.#open = this.#slotCount;
    this.#depth = 0;
    const root = this.#levelAt(1);
    root.pending.shorten(0);
    for (const node of this.#roots) root.pending.add(node);
    this.#at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
    const opened = text.charCodeAt(this.#at);
    if (opened === openBrace || opened === openBracket) {
      this.#enter(opened);
      while (this.#open > 0 && this.#depth > 0 && this.#advance(findings));
    }
    this.#text = "";
  }

  /** Past one entry, one closing bracket, or all that holds nothing more; false at the end of what can be read. */
  #advance(findings: Findings): boolean {
    const level = this.#levelAt(this.#depth);
    if (level.pending.count === 0) return this.#leaveBarren();
    this.#at = skipSpace(this.#text, this.#at);
    const code = this.#text.charCodeAt(this.#at);
    if (code === (level.isArray ? closeBracket : closeBrace)) {
      this.#at++;
      this.#depth--;
      return true;
    }
    if (level.count > 0) {
      if (code !== comma) return false;
      this.#at = skipSpace(this.#text, this.#at + 1);
    }
    if (!this.#readKey(level)) return false;
    level.count++;
    return this.#readValue(findings);
  }

  /** Out of every open bracket that no step waits in. */
  #leaveBarren(): boolean {
    let depth = this.#depth;
    while (depth > 0 && this.#levelAt(depth).pending.count === 0) depth--;
    if (depth === 0) return false;
    this.#at = containersEnd(this.#text, this.#at, this.#depth - depth);
    this.#depth = depth;
    return this.#at !== -1;
  }

  /** Notes which steps the entry fulfils, and goes to its value. */
  #readKey(level: Level): boolean {
    if (level.isArray) {
      this.#match(level, undefined);
      return true;
    }
    if (this.#text.charCodeAt(this.#at) !== quote) return false;
    const end = stringEnd(this.#text, this.#at);
    if (end === -1) return false;
    const mark = skipSpace(this.#text, end);
    if (this.#text.charCodeAt(mark) !== colon) return false;
    this.#match(level, nameText(this.#text, this.#at + 1, end - 1));
    this.#at = skipSpace(this.#text, mark + 1);
    return true;
  }

  #match(level: Level, name: string | undefined): void {
    const { pending } = this.#levelAt(this.#depth + 1);
    pending.shorten(0);
    this.#hits.shorten(0);
    let kept = 0;
    for (let index = 0; index < level.pending.count; index++) {
      const node = level.pending.at(index);
      const isMatch = fits(node, level, name);
      if (isMatch && node.slot !== undefined) this.#hits.add(node.slot);
      if (isMatch && node.next !== undefined) pending.addOnce(node.next);
      if (node.descends) pending.addOnce(node);
      // A name or an index is there once; without it the level may be done with.
      if (!isMatch || node.descends || node.kind === "any" || node.kind === "element") level.pending.set(kept++, node);
    }
    level.pending.shorten(kept);
  }

  #readValue(findings: Findings): boolean {
    const code = this.#text.charCodeAt(this.#at);
    if (code === openBrace || code === openBracket) return this.#readContainer(code, findings);
    const isString = code === quote;
    const end = isString ? stringEnd(this.#text, this.#at) : wordEnd(this.#text, this.#at);
    if (end === -1) return false;
    const start = this.#at;
    this.#at = end;
    if (isString) {
      if (this.#hits.count > 0) this.#add(stringText(this.#text, start + 1, end - 1, readCharsMax), findings);
      return true;
    }
    if (this.#hits.count > 0) {
      const word = this.#text.slice(start, end);
      if (isPlainScalar(word)) this.#add(word, findings);
    }
    // Words that JSON does not know (None, NaN) are no values, but no reason to stop either.
    return end > start;
  }

  #readContainer(code: number, findings: Findings): boolean {
    for (let index = 0; index < this.#hits.count; index++)
      if (this.#hits.at(index).takes === "presence") this.#addTo(this.#hits.at(index), "", findings);
    if (this.#depth < depthMax && this.#levelAt(this.#depth + 1).pending.count > 0) {
      this.#enter(code);
      return true;
    }
    this.#at = containersEnd(this.#text, this.#at + 1, 1);
    return this.#at !== -1;
  }

  #enter(code: number): void {
    this.#depth++;
    this.#at++;
    const level = this.#levelAt(this.#depth);
    level.isArray = code === openBracket;
    level.count = 0;
  }

  #add(value: string | undefined, findings: Findings): void {
    if (value === undefined) return;
    for (let index = 0; index < this.#hits.count; index++) this.#addTo(this.#hits.at(index), value, findings);
  }

  #addTo(slot: Slot, value: string, findings: Findings): void {
    if (findings.add(slot, value)) this.#open--;
  }

  #levelAt(depth: number): Level {
    const level = this.#levels[depth];
    if (level === undefined) throw new RangeError(`no level ${depth}`);
    return level;
  }
}

function fits(node: Node, level: Level, name: string | undefined): boolean {
  if (node.kind === "name") return node.name === name;
  if (node.kind === "index") return level.isArray && node.index === level.count;
  return node.kind === "any" || level.isArray;
}

const blank = { kind: "any", name: "", index: -1, descends: false } as const;

/** The steps of a path, linked; a slot for several values also takes the elements of an array that the path leads to. */
function nodeOf(path: readonly JsonStep[], slot: Slot): Node {
  const element: Node | undefined = slot.valuesMax > 1 ? { ...blank, kind: "element", slot, next: undefined } : undefined;
  const node = path.reduceRight<Node | undefined>((next, { entry, descends }) => {
    const links = { descends, slot: next === element ? slot : undefined, next };
    if (entry === "*") return { ...blank, ...links };
    return "name" in entry
      ? { ...blank, kind: "name", name: entry.name, ...links }
      : { ...blank, kind: "index", index: entry.index, ...links };
  }, element);
  if (node === undefined) throw new RangeError("a path without steps");
  return node;
}
