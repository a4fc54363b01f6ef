import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { inflateZstd, type Inflated } from "./zstd.ts";

/** Codings one upon the other that are undone. */
const codingsMax = 2;

/**
 * What was kept of a body without its Content-Encoding: gzip, deflate, br, zstd, up to two of them.
 *
 * **Guarantee**: gives at most `bytesMax` bytes, however far the body would inflate, and what is there of a body that was cut
 * anywhere; undefined for other codings and for bytes that are not what the header says.
 */
export function undoCodings(kept: Buffer, contentEncoding: string | undefined, bytesMax: number): Inflated | undefined {
  let plain: Inflated = { bytes: kept, isCut: false };
  if (contentEncoding === undefined || contentEncoding === "") return plain;
  const codings = contentEncoding.toLowerCase().split(",");
  if (codings.length > codingsMax) return undefined;
  for (const coding of codings.reverse()) {
    const name = coding.trim();
    if (name === "identity" || name === "") continue;
    const inflated = inflaters[name]?.(plain.bytes, bytesMax);
    if (inflated === undefined) return undefined;
    plain = { bytes: inflated.bytes, isCut: plain.isCut || inflated.isCut };
  }
  return plain;
}

type Inflate = (bytes: Buffer, bytesMax: number) => Inflated | undefined;
type InflateAll = (bytes: Buffer, options: { readonly finishFlush: number; readonly maxOutputLength: number }) => Buffer;

const gzip = within(gunzipSync, constants.Z_SYNC_FLUSH);
const inflaters: Readonly<Record<string, Inflate | undefined>> = {
  __proto__: null,
  gzip,
  "x-gzip": gzip,
  // Some send zlib, as specified, some send bare deflate.
  deflate: within((bytes, options) => ((bytes[0] ?? 0) % 16 === 8 ? inflateSync : inflateRawSync)(bytes, options), constants.Z_SYNC_FLUSH),
  br: within(brotliDecompressSync, constants.BROTLI_OPERATION_FLUSH),
  zstd: inflateZstd,
} as never;

/**
 * zlib gives nothing at all when the output is too long, so the input is halved until it fits. What was kept may end
 * anywhere: a flush instead of an end gives what is there.
 */
function within(inflate: InflateAll, finishFlush: number): Inflate {
  return (kept, bytesMax) => {
    for (let length = kept.length; length > 0; length = Math.floor(length / 2)) {
      try {
        return { bytes: inflate(kept.subarray(0, length), { finishFlush, maxOutputLength: bytesMax }), isCut: length < kept.length };
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")) return undefined;
      }
    }
    return undefined;
  };
}
