import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

/** How far a body is looked at to tell its charset. */
const sniffedBytesMax = 512;
/** Decoders are kept by name; only names that this Node knows get in. */
const decoders = new Map<string, TextDecoder>();
/** Beyond this a client is inventing names. */
const decodersMax = 64;

/** How a body's text is to be read. */
export interface TextForm {
  /** From the Content-Type, lower case; undefined: it says none, or UTF-8. */
  readonly charset: string | undefined;
  /** XML may declare an encoding of its own. */
  readonly isXml: boolean;
  /** The bytes are only the beginning of the body. */
  readonly isCut: boolean;
}

/**
 * The bytes as text: by byte order mark, by what the pattern of NULs tells (UTF-16 without a charset, or with a wrong one), by the charset
 * of the Content-Type, by the XML declaration, as UTF-8, and where that does not fit as GB18030, of which GBK is a part.
 *
 * **Guarantee**: never throws; gives no half character at a cut; undefined where the charset is not known and the bytes are not plain text either.
 */
export function decodeText(bytes: Buffer, form: TextForm): string | undefined {
  if (form.charset === undefined && isPlainUtf8(bytes, form))
    return withoutMark((form.isCut ? withoutCutCharacter(bytes) : bytes).toString("utf8"));
  const charset = sniffUtf16(bytes) ?? named(bytes, form) ?? "utf-8";
  if (charset === "utf-8" || charset === "utf8") return decodeUtf8(bytes, form.isCut);
  return decode(bytes, charset, form.isCut) ?? (charset !== "utf-7" && looksLikeText(bytes) ? bytes.toString("utf8") : undefined);
}

/** At most `bytesMax` bytes of UTF-8, never half a character. */
export function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  return withoutCutCharacter(Buffer.from(text).subarray(0, bytesMax)).toString("utf8");
}

/** True when the bytes look like text: valid UTF-8 (a cut character at the end aside) without NUL. */
export function looksLikeText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(withoutCutCharacter(bytes));
}

/** The common case, told by two native calls. */
function isPlainUtf8(bytes: Buffer, { isCut, isXml }: TextForm): boolean {
  return !bytes.includes(0) && isUtf8(isCut ? withoutCutCharacter(bytes) : bytes) && (!isXml || declaredEncoding(bytes) === undefined);
}

function decodeUtf8(bytes: Buffer, isCut: boolean): string {
  const whole = isCut ? withoutCutCharacter(bytes) : bytes;
  if (!isUtf8(whole)) {
    const text = decode(bytes, "gb18030", isCut, true);
    if (text !== undefined) return text;
  }
  return withoutMark(whole.toString("utf8"));
}

/** UTF-8 keeps its mark in Node; in JSON and XML it would stand before the first brace. */
function withoutMark(text: string): string {
  return text.codePointAt(0) === 0xfeff ? text.slice(1) : text;
}

function decode(bytes: Buffer, charset: string, isCut: boolean, fatal = false): string | undefined {
  try {
    // A stream does not give out the incomplete character at its end; it has a state, so that it is a new one each time.
    if (isCut || fatal) return new TextDecoder(charset, { fatal }).decode(bytes, { stream: isCut });
    return decoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

function decoder(charset: string): TextDecoder {
  let known = decoders.get(charset);
  if (known === undefined) {
    known = new TextDecoder(charset);
    if (decoders.size < decodersMax) decoders.set(charset, known);
  }
  return known;
}

/** UTF-16 by its byte order mark, or by NULs that all stand on one side. */
function sniffUtf16(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const sniffed = bytes.subarray(0, sniffedBytesMax);
  if (!sniffed.includes(0)) return undefined;
  const nuls = [0, 0];
  for (let at = 0; at < sniffed.length; at++) if (sniffed[at] === 0) nuls[at % 2]! += 1;
  const [even = 0, odd = 0] = nuls;
  const least = sniffed.length / 16;
  if (odd > least && even === 0) return "utf-16le";
  if (even > least && odd === 0) return "utf-16be";
  // NULs on both sides: UTF-32, which nobody reads, or no text.
  return even + odd > sniffed.length / 4 ? "utf-32" : undefined;
}

/** UTF-16 is told by its bytes: where they do not look like it, the name is wrong. */
function named(bytes: Buffer, { charset, isXml }: TextForm): string | undefined {
  const name = charset ?? (isXml ? declaredEncoding(bytes) : undefined);
  return name?.startsWith("utf-16") && isUtf8(bytes) ? undefined : name;
}

/** `<?xml version="1.0" encoding="GBK"?>` */
function declaredEncoding(bytes: Buffer): string | undefined {
  if (bytes[0] !== 0x3c || bytes[1] !== 0x3f) return undefined;
  const head = bytes.subarray(0, 160).toString("latin1");
  const name = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1]?.toLowerCase();
  return name === "utf-8" || name === "utf8" ? undefined : name;
}

/** Leaves out the first bytes of a UTF-8 character whose rest was cut off. */
function withoutCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}
