import type { Masker, Redactions } from "@gatelog/masking";
import type { BodyTap } from "./body-tap.ts";
import { cutToBytes, decodeText, looksLikeText } from "./decode-text.ts";
import { readMediaType, type MediaType } from "./media-type.ts";
import { undoCodings } from "./undo-codings.ts";

/** What a record says of a body. */
export interface BodyText {
  readonly content?: string;
  readonly truncated?: true;
  readonly encoding?: "omitted" | "base64";
}

/** How a body was sent. */
export interface BodyHeaders {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** How a body is kept. */
export interface BodyRule {
  readonly bodyBytesMax: number;
  /** What becomes of a body that is no text. */
  readonly binary: "omitted" | "base64";
}

/** What masks a body, and where it notes what it masked. */
export interface BodyMasking {
  readonly masker: Masker;
  readonly redactions: Redactions;
  readonly path: string;
}

/** A few hundred bytes may inflate to gigabytes. Twice what is kept, because zlib's output is bounded by halving its input. */
const inflatedShare = 2;
const inflatedBytesMin = 65_536;

const none: BodyText = {};
/** A body that passed, and of which nothing is kept. */
export const omittedBody: BodyText = { encoding: "omitted" };

/**
 * What was kept of a body, as text: compression undone, charset decoded, masked, cut on a character boundary.
 *
 * **Shape**: `{}` without a body, `{ content, truncated: true }`, `{ content, encoding: "base64" }`, or `{ encoding: "omitted" }` for what is
 * not text, cannot be decoded, or is not what its type claims under a strict profile. **Guarantee**: never throws, whatever the bytes and headers say;
 * time and memory follow from the rule's `bodyBytesMax`, not from what passed.
 */
export function bodyText(tap: BodyTap, headers: BodyHeaders, rule: BodyRule, masking: BodyMasking): BodyText {
  if (tap.bytes === 0) return none;
  const kept = tap.kept();
  if (kept.length === 0) return omittedBody;
  const mediaType = readMediaType(headers.contentType);
  const plain = undoCodings(kept, headers.contentEncoding, Math.max(inflatedBytesMin, inflatedShare * rule.bodyBytesMax));
  if (plain === undefined) return omittedBody;
  const isCut = tap.isCut || plain.isCut;
  const text = isText(mediaType, plain.bytes)
    ? decodeText(plain.bytes, { charset: mediaType.charset, isXml: mediaType.kind === "xml", isCut })
    : undefined;
  if (text === undefined)
    return rule.binary === "base64" && !masking.masker.isStrict ? inBase64(plain.bytes, isCut, rule.bodyBytesMax) : omittedBody;
  return maskedText(text, mediaType.kind === "binary" ? "unknown" : mediaType.kind, { isCut, rule, masking });
}

function isText({ kind, charset }: MediaType, bytes: Buffer): boolean {
  if (kind === "binary") return false;
  return kind !== "unknown" || charset !== undefined || looksLikeText(bytes);
}

/** Cut before it is masked as well, so that a body that inflates far costs no more than another. */
function maskedText(
  text: string,
  kind: Exclude<MediaType["kind"], "binary">,
  options: { readonly isCut: boolean; readonly rule: BodyRule; readonly masking: BodyMasking },
): BodyText {
  const { isCut, rule, masking } = options;
  const beginning = cutToBytes(text, rule.bodyBytesMax);
  const isShortened = isCut || beginning.length < text.length;
  const masked = masking.masker.body(beginning, { kind, isCut: isShortened }, masking.redactions, masking.path);
  if (masked === undefined) return omittedBody;
  const content = cutToBytes(masked, rule.bodyBytesMax);
  return isShortened || content.length < masked.length ? { content, truncated: true } : { content };
}

/** Whole groups of four characters, so that what is left decodes. */
function inBase64(bytes: Buffer, isCut: boolean, bytesMax: number): BodyText {
  const kept = bytes.subarray(0, Math.floor(bytesMax / 4) * 3);
  if (kept.length === 0) return omittedBody;
  const content = kept.toString("base64");
  return isCut || kept.length < bytes.length ? { content, truncated: true, encoding: "base64" } : { content, encoding: "base64" };
}
