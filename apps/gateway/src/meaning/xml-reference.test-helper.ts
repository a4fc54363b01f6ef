import * as fc from "fast-check";
import type { XmlPath } from "./xml-path.ts";

/** An element with a text or with elements in it. */
export interface Element {
  readonly prefix: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: string | readonly Element[];
}

const names = ["a", "b", "Order", "no", "单号"];

/** Trees whose names are few, so that paths meet them. */
export const trees = fc.letrec<{ element: Element; content: string | Element[] }>((tie) => ({
  content: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", " 0 ", "<&>]]>\"'", "é🎉"))
      .map((text) => text.replaceAll(/\p{Cc}/gu, "")),
    fc.array(tie("element"), { minLength: 1, maxLength: 4 }),
  ),
  element: fc.record({
    prefix: fc.constantFrom("", "", "soap:", "ns1:"),
    name: fc.constantFrom(...names),
    attributes: fc.dictionary(fc.constantFrom("no", "x-id", "a"), fc.constantFrom("", "1", "q\"<&>'", " é "), { maxKeys: 2 }),
    content: tie("content"),
  }),
})).element;

/** Paths over the same names. */
export const paths: fc.Arbitrary<XmlPath> = fc.record({
  steps: fc.array(fc.record({ name: fc.constantFrom(...names, "*"), descends: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  attribute: fc.option(fc.constantFrom("no", "a"), { nil: undefined, freq: 3 }),
});

/** The path as it stands in a configuration. */
export function spelt({ steps, attribute }: XmlPath): string {
  return steps.map(({ name, descends }) => `${descends ? "//" : "/"}${name}`).join("") + (attribute === undefined ? "" : `/@${attribute}`);
}

/** The tree as text, with what XML allows in between in one of several ways. */
export function written(root: Element, style: number): string {
  const head = style % 2 === 0 ? "" : '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "<a>no</a>">]>\n<!-- <a>no</a> -->\n';
  return head + writeElement(root, style);
}

function writeElement({ prefix, name, attributes, content }: Element, style: number): string {
  const quote = style % 2 === 0 ? '"' : "'";
  const list = Object.entries(attributes).map(([key, value]) => ` ${key} = ${quote}${escaped(value, style)}${quote}`);
  const tag = prefix + name;
  if (content === "" && style % 2 === 0) return `<${tag}${list.join("")} />`;
  return `<${tag}${list.join("\n")}>${writeContent(content, style)}</${tag} >`;
}

function writeContent(content: Element["content"], style: number): string {
  const between = style < 2 ? "" : "\n<!-- a > b --><?a b?>\n";
  if (typeof content !== "string") return content.map((child) => between + writeElement(child, style)).join("");
  const half = Math.floor(content.length / 2);
  const isPair = /[\uD800-\uDBFF]$/.test(content.slice(0, half));
  if (style < 2 || isPair) return escaped(content, style);
  const data = content.slice(half).replaceAll("]]>", "]]]]><![CDATA[>");
  return `${escaped(content.slice(0, half), style)}<!-- c --><![CDATA[${data}]]>`;
}

const named: Readonly<Record<string, string>> = { "<": "&lt;", "&": "&amp;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function escaped(text: string, style: number): string {
  return text.replaceAll(/[<&>"'é🎉]/gu, (char) =>
    style === 0 ? (named[char] ?? char) : style % 2 === 0 ? `&#${char.codePointAt(0)};` : `&#x${char.codePointAt(0)?.toString(16)};`,
  );
}

/** What a path leads to, in the order of the text. */
export function reference(root: Element, { steps, attribute }: XmlPath): readonly string[] {
  const selected = new Set<Element>();
  select([root], steps, selected);
  const result: string[] = [];
  const walk = (element: Element) => {
    const isSelected = selected.has(element);
    if (isSelected && attribute !== undefined)
      result.push(...(element.attributes[attribute] === undefined ? [] : [element.attributes[attribute]]));
    if (typeof element.content !== "string") element.content.forEach(walk);
    else if (isSelected && attribute === undefined) result.push(element.content);
  };
  walk(root);
  return result;
}

function select(elements: readonly Element[], steps: XmlPath["steps"], result: Set<Element>): void {
  const [step, ...rest] = steps;
  if (step === undefined) return;
  for (const element of elements) {
    const children = typeof element.content === "string" ? [] : element.content;
    if (step.name === "*" || step.name === element.name) {
      if (rest.length === 0) result.add(element);
      else select(children, rest, result);
    }
    if (step.descends) select(children, steps, result);
  }
}
