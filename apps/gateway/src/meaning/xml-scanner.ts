import type { Findings, Slot } from "./findings.ts";
import { skipSpace } from "./json-text.ts";
import { depthMax, readCharsMax } from "./limits.ts";
import { ReusedList } from "./reused-list.ts";
import type { XmlPath } from "./xml-path.ts";
import { eachAttribute, isLocalName, isNameStart, localName, nameEnd, tagEnd, xmlText } from "./xml-text.ts";

/** A path and the slot for what it leads to. */
export interface XmlTarget {
  readonly path: XmlPath;
  readonly slot: Slot;
}

/** A step with what follows it. */
interface Node {
  readonly name: string;
  readonly descends: boolean;
  /** Set on a path's last step. */
  readonly slot: Slot | undefined;
  /** The slot is for this attribute of the element. */
  readonly attribute: string | undefined;
  readonly next: Node | undefined;
}

/** An element that is open; the first one is the document. */
interface Level {
  /** Where its name stands, prefix included. */
  nameFrom: number;
  nameTo: number;
  /** Steps that may match an element in it. */
  readonly pending: ReusedList<Node>;
  /** Slots that its text is for. */
  readonly hits: ReusedList<Slot>;
}

const slash = 0x2f;
const exclamation = 0x21;
const question = 0x3f;

/**
 * Reads what paths lead to from a text that is XML, all paths in one pass.
 *
 * The value of an element is its text, CDATA included, where it holds no further elements; as with objects in JSON, what holds
 * others has none. It follows tags rather than building a document: what is cut is not found, an element that is not closed
 * has no value. Comments, processing instructions and the document type are passed over. **Guarantee**: never throws, linear
 * in the text, expands no entities but the five of XML and numbers.
 */
export class XmlScanner {
  readonly #roots: readonly Node[];
  readonly #slotCount: number;
  /** Reused from call to call. */
  readonly #levels: readonly Level[] = Array.from({ length: depthMax + 1 }, () => ({
    nameFrom: 0,
    nameTo: 0,
    pending: new ReusedList(),
    hits: new ReusedList(),
  }));
  readonly #attributes = new ReusedList<Node>();
  #text = "";
  #at = 0;
  #depth = 0;
  /** Elements open beyond the greatest depth. */
  #tooDeep = 0;
  /** Text of the innermost element so far; undefined where nobody wants it. */
  #value: string | undefined;
  /** Slots that take more. */
  #open = 0;

  constructor(targets: readonly XmlTarget[]) {
    this.#roots = targets.map(({ path, slot }) => nodeOf(path, slot));
    this.#slotCount = targets.length;
  }

  scan(text: string, findings: Findings): void {
    this.#at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
    if (text.charAt(this.#at) !== "<") return;
    this.#text = text;
    this.#open = this.#slotCount;
    this.#depth = 0;
    this.#tooDeep = 0;
    this.#value = undefined;
    const document = this.#levelAt(0);
    document.pending.shorten(0);
    for (const node of this.#roots) document.pending.add(node);
    let hasMore = true;
    while (hasMore && this.#open > 0) hasMore = this.#advance(findings);
    this.#text = "";
  }

  /** Past some text and the markup behind it; false at the end of what can be read. */
  #advance(findings: Findings): boolean {
    const start = this.#text.indexOf("<", this.#at);
    if (start === -1) return false;
    this.#collect(this.#at, start);
    const code = this.#text.charCodeAt(start + 1);
    if (code === slash) return this.#close(start, findings);
    if (code === exclamation) return this.#passDeclaration(start);
    if (code === question) return this.#passTo("?>", start + 2);
    if (isNameStart(code)) return this.#openElement(start + 1, findings);
    this.#collect(start, start + 1);
    this.#at = start + 1;
    return true;
  }

  #collect(from: number, to: number): void {
    if (this.#value === undefined || this.#value.length >= readCharsMax) return;
    const start = this.#value === "" ? Math.min(skipSpace(this.#text, from), to) : from;
    this.#value += xmlText(this.#text, start, to, readCharsMax);
  }

  #openElement(nameFrom: number, findings: Findings): boolean {
    const nameTo = nameEnd(this.#text, nameFrom);
    const end = tagEnd(this.#text, nameTo);
    if (end === -1) return false;
    this.#at = end + 1;
    // What holds an element has no value of its own.
    this.#value = undefined;
    const isEmpty = this.#text.charCodeAt(end - 1) === slash;
    if (this.#depth === depthMax || this.#tooDeep > 0) {
      if (!isEmpty) this.#tooDeep++;
      return true;
    }
    const level = this.#enter(nameFrom, nameTo);
    this.#addAttributes(nameTo, end, findings);
    this.#addAtStart(level, findings);
    if (level.hits.count > 0) this.#value = "";
    if (isEmpty) this.#leave(findings);
    return this.#depth > 0;
  }

  #enter(nameFrom: number, nameTo: number): Level {
    const parent = this.#levelAt(this.#depth);
    this.#depth++;
    const level = this.#levelAt(this.#depth);
    level.nameFrom = nameFrom;
    level.nameTo = nameTo;
    level.pending.shorten(0);
    level.hits.shorten(0);
    this.#attributes.shorten(0);
    for (let index = 0; index < parent.pending.count; index++) this.#match(parent.pending.at(index), level);
    return level;
  }

  #match(node: Node, level: Level): void {
    if (node.descends) level.pending.addOnce(node);
    if (node.name !== "*" && !isLocalName(this.#text, level.nameFrom, level.nameTo, node.name)) return;
    if (node.attribute !== undefined) this.#attributes.add(node);
    else if (node.slot !== undefined) level.hits.add(node.slot);
    if (node.next !== undefined) level.pending.addOnce(node.next);
  }

  #addAttributes(from: number, to: number, findings: Findings): void {
    if (this.#attributes.count === 0) return;
    eachAttribute(this.#text, from, to, ({ name, value }) => {
      for (let index = 0; index < this.#attributes.count; index++) {
        const { attribute, slot } = this.#attributes.at(index);
        if (attribute === undefined || slot === undefined || !isLocalName(this.#text, name.from, name.to, attribute)) continue;
        const from = Math.min(skipSpace(this.#text, value.from), value.to);
        this.#add(slot, xmlText(this.#text, from, value.to, readCharsMax), findings);
      }
    });
  }

  /** For slots that want no text. */
  #addAtStart(level: Level, findings: Findings): void {
    for (let index = 0; index < level.hits.count; index++) {
      const slot = level.hits.at(index);
      if (slot.takes === "presence") this.#add(slot, "", findings);
      if (slot.takes === "name") this.#add(slot, localName(this.#text, level.nameFrom, level.nameTo), findings);
    }
  }

  #close(start: number, findings: Findings): boolean {
    const nameFrom = start + 2;
    const nameTo = nameEnd(this.#text, nameFrom);
    const end = this.#text.indexOf(">", nameTo);
    if (end === -1) return false;
    this.#at = end + 1;
    if (this.#tooDeep > 0) {
      this.#tooDeep--;
      return true;
    }
    const depth = this.#depthOf(nameFrom, nameTo);
    if (depth === this.#depth) this.#leave(findings);
    else if (depth > 0) {
      // Elements in between were never closed: they have no value.
      this.#depth = depth - 1;
      this.#value = undefined;
    }
    return this.#depth > 0;
  }

  /** Depth of the innermost open element with this name; 0 where there is none, and the tag is passed over. */
  #depthOf(nameFrom: number, nameTo: number): number {
    let depth = this.#depth;
    while (depth > 0) {
      const level = this.#levelAt(depth);
      if (isSameText(this.#text, level.nameFrom, level.nameTo, nameFrom, nameTo)) return depth;
      depth--;
    }
    return depth;
  }

  #leave(findings: Findings): void {
    const { hits } = this.#levelAt(this.#depth);
    if (this.#value !== undefined)
      for (let index = 0; index < hits.count; index++)
        if (hits.at(index).takes === "value") this.#add(hits.at(index), this.#value, findings);
    this.#value = undefined;
    this.#depth--;
  }

  #passDeclaration(start: number): boolean {
    if (this.#text.startsWith("<!--", start)) return this.#passTo("-->", start + 4);
    if (this.#text.startsWith("<![CDATA[", start)) return this.#passCharacterData(start + 9);
    const end = doctypeEnd(this.#text, start + 2);
    this.#at = end;
    return end !== -1;
  }

  #passTo(mark: string, from: number): boolean {
    const end = this.#text.indexOf(mark, from);
    this.#at = end + mark.length;
    return end !== -1;
  }

  #passCharacterData(from: number): boolean {
    const end = this.#text.indexOf("]]>", from);
    if (end === -1) return false;
    this.#at = end + 3;
    if (this.#value !== undefined && this.#value.length < readCharsMax)
      this.#value += this.#text.slice(from, Math.min(end, from + readCharsMax));
    return true;
  }

  #add(slot: Slot, value: string, findings: Findings): void {
    if (findings.add(slot, value)) this.#open--;
  }

  #levelAt(depth: number): Level {
    const level = this.#levels[depth];
    if (level === undefined) throw new RangeError(`no level ${depth}`);
    return level;
  }
}

/** Index behind the declaration, its internal subset in brackets included; -1 where the text ends before. */
function doctypeEnd(text: string, start: number): number {
  let brackets = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === ">" && brackets === 0) return at + 1;
    if (char === "[") brackets++;
    else if (char === "]") brackets--;
    else if (char === '"' || char === "'") {
      at = text.indexOf(char, at + 1);
      if (at === -1) return -1;
    }
  }
  return -1;
}

function isSameText(text: string, fromA: number, toA: number, fromB: number, toB: number): boolean {
  const length = toA - fromA;
  if (toB - fromB !== length) return false;
  for (let at = 0; at < length; at++) if (text.charCodeAt(fromA + at) !== text.charCodeAt(fromB + at)) return false;
  return true;
}

function nodeOf({ steps, attribute }: XmlPath, slot: Slot): Node {
  const node = steps.reduceRight<Node | undefined>((next, { name, descends }) => {
    const isLast = next === undefined;
    return { name, descends, slot: isLast ? slot : undefined, attribute: isLast ? attribute : undefined, next };
  }, undefined);
  if (node === undefined) throw new RangeError("a path without steps");
  return node;
}
