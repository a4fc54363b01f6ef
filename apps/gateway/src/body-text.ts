import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from "node:zlib";
import type { TextKind } from "@gatelog/masking";
import type { BodyTap } from "./body-tap.ts";
import { looksLikeText, readMediaType } from "./media-type.ts";

/** What a record says of a body. */
export interface BodyText {
  readonly content?: string;
  readonly truncated?: true;
  readonly encoding?: "omitted";
}

/** How a body was sent. */
export interface BodyHeaders {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** Inflated text beyond this is not looked at: a few hundred bytes may inflate to gigabytes. */
const inflatedBytesMax = 1_048_576;
/** Codings one upon the other that are undone. */
const codingsMax = 2;

const omitted: BodyText = { encoding: "omitted" };

/** Masks the text of a body. */
export type MaskBody = (text: string, kind: TextKind) => string;

/**
 * What was kept of a body, as text: compression undone, charset decoded, masked, then cut on a character boundary.
 *
 * **Shape**: `{}` without a body, `{ content, truncated: true }`, or `{ encoding: "omitted" }` for what is not text or cannot be
 * decoded. **Guarantee**: never throws, whatever the bytes and headers say; inflates at most 1 MiB at a time.
 */
export function bodyText(tap: BodyTap, headers: BodyHeaders, bytesMax: number, maskBody: MaskBody): BodyText {
  if (tap.bytes === 0) return {};
  const kept = tap.kept();
  if (kept.length === 0) return omitted;
  const { kind, charset } = readMediaType(headers.contentType);
  if (kind === "binary") return omitted;
  const plain = undoCodings(kept, headers.contentEncoding);
  if (plain === undefined) return omitted;
  const isCut = tap.isCut || plain.isCut;
  const bytes = isCut && charset === undefined ? withoutCutCharacter(plain.bytes) : plain.bytes;
  if (kind === "unknown" && charset === undefined && !looksLikeText(bytes)) return omitted;
  const text = decode(bytes, charset, isCut);
  if (text === undefined) return omitted;
  const masked = maskBody(text, kind === "unknown" ? "other" : kind);
  const content = cutToBytes(masked, bytesMax);
  return isCut || content.length < masked.length ? { content, truncated: true } : { content };
}

function decode(bytes: Buffer, charset: string | undefined, isCut: boolean): string | undefined {
  if (charset === undefined) return bytes.toString("utf8");
  try {
    // A stream does not give out the incomplete character at its end.
    return new TextDecoder(charset).decode(bytes, { stream: isCut });
  } catch {
    return looksLikeText(bytes) ? bytes.toString("utf8") : undefined;
  }
}

/** At most `bytesMax` bytes of UTF-8, never half a character. */
function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  return withoutCutCharacter(Buffer.from(text).subarray(0, bytesMax)).toString("utf8");
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

interface Plain {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

function undoCodings(kept: Buffer, contentEncoding: string | undefined): Plain | undefined {
  let plain: Plain = { bytes: kept, isCut: false };
  if (contentEncoding === undefined || contentEncoding === "") return plain;
  const codings = contentEncoding.toLowerCase().split(",");
  if (codings.length > codingsMax) return undefined;
  for (const coding of codings.reverse()) {
    const name = coding.trim();
    if (name === "identity" || name === "") continue;
    const inflate = inflaters[name];
    if (inflate === undefined) return undefined;
    const inflated = inflateWithin(inflate, plain.bytes);
    if (inflated === undefined) return undefined;
    plain = { bytes: inflated.bytes, isCut: plain.isCut || inflated.isCut };
  }
  return plain;
}

type Inflate = (bytes: Buffer) => Buffer;

// What was kept may end anywhere: a flush instead of an end gives what is there.
const zlibOptions: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: inflatedBytesMax };
const gunzip: Inflate = (bytes) => gunzipSync(bytes, zlibOptions);
const inflaters: Readonly<Record<string, Inflate>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // Some send zlib, as specified, some send bare deflate.
  deflate: (bytes) => ((bytes[0] ?? 0) % 16 === 8 ? inflateSync : inflateRawSync)(bytes, zlibOptions),
  br: (bytes) => brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: inflatedBytesMax }),
};

/** zlib gives nothing at all when the output is too long, so the input is halved until it fits. */
function inflateWithin(inflate: Inflate, kept: Buffer): Plain | undefined {
  for (let length = kept.length; length > 0; length = Math.floor(length / 2)) {
    try {
      return { bytes: inflate(kept.subarray(0, length)), isCut: length < kept.length };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")) return undefined;
    }
  }
  return undefined;
}
