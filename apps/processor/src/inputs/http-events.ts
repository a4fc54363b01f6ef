import type { Buffer } from "node:buffer";
import { HttpRefusal } from "./http-refusal.ts";
import { LineSplitter } from "./line-splitter.ts";

/**
 * The events of a body, as the bytes that they have there: of JSON the value, or the elements of an array; of everything else (NDJSON,
 * text) the lines.
 *
 * **Errors**: HttpRefusal 400 for a body that says it is JSON and is none.
 */
export function splitBody(body: Buffer, contentType: string): Buffer[] {
  if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(contentType)) {
    const lines = new LineSplitter(Math.max(1, body.length));
    return [...lines.push(body), ...lines.end()];
  }
  const value = parseJson(body);
  return Array.isArray(value) ? elementsOf(body) : [body];
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new HttpRefusal(
      400,
      "the body is no JSON: send one event a line as application/x-ndjson, or an object or an array as application/json",
    );
  }
}

const [quote, comma, backslash, openingBracket, openingBrace, closingBracket, closingBrace] = Array.from('",\\[{]}', (character) =>
  character.charCodeAt(0),
);

/** Where the elements of a valid JSON array stand: they are not written anew, for a number may come out as another one. */
function elementsOf(body: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === quote) index = endOfString(body, index);
    else if (byte === openingBracket || byte === openingBrace) {
      if (depth++ === 0) from = index + 1;
    } else if (byte === closingBracket || byte === closingBrace) {
      if (--depth === 0) addTrimmed(body.subarray(from, index), elements);
    } else if (byte === comma && depth === 1) {
      addTrimmed(body.subarray(from, index), elements);
      from = index + 1;
    }
  }
  return elements;
}

/** The index of the string's closing quote. */
function endOfString(body: Buffer, opening: number): number {
  let index = opening + 1;
  while (index < body.length && body[index] !== quote) index += body[index] === backslash ? 2 : 1;
  return index;
}

/** Of an empty array there is nothing between the brackets. */
function addTrimmed(bytes: Buffer, elements: Buffer[]): void {
  let from = 0;
  let to = bytes.length;
  while (from < to && isBlank(bytes[from])) from++;
  while (to > from && isBlank(bytes[to - 1])) to--;
  if (to > from) elements.push(bytes.subarray(from, to));
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
