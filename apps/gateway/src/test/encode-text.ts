import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";

/** How a text may be written as bytes; the name is a charset, with what stands before the text. */
export const textEncodings = [
  "utf-8",
  "utf-8 with mark",
  "utf-16le",
  "utf-16be",
  "utf-16le with mark",
  "utf-16be with mark",
  "gbk",
] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** Names of the codings of a body. */
export const codings = ["identity", "gzip", "deflate", "raw deflate", "br", "zstd"] as const;
export type Coding = (typeof codings)[number];

/** GB 2312, whose two bytes are the same in GBK and GB 18030; Node has no encoder for them. */
const pairs = { first: 0xa1, last: 0xf7, trailFirst: 0xa1, trailLast: 0xfe };
const gbkBytes: ReadonlyMap<string, readonly number[]> = new Map(gb2312());

/** A text as bytes. **Errors**: in GBK an Error for characters beyond ASCII and GB 2312. */
export function encodeText(text: string, encoding: TextEncoding): Buffer {
  if (encoding === "gbk") return Buffer.from(Array.from(text, gbkOf).flat());
  const marked = encoding.endsWith("mark") ? `\uFEFF${text}` : text;
  if (encoding.startsWith("utf-8")) return Buffer.from(marked);
  const bytes = Buffer.from(marked, "utf16le");
  return encoding.startsWith("utf-16be") ? bytes.swap16() : bytes;
}

/** The bytes of a body in its Content-Encoding. */
export function compress(bytes: Buffer, coding: Coding): Buffer {
  if (coding === "gzip") return gzipSync(bytes);
  if (coding === "deflate") return deflateSync(bytes);
  if (coding === "raw deflate") return deflateRawSync(bytes);
  if (coding === "br") return brotliCompressSync(bytes);
  return coding === "zstd" ? storeAsZstd(bytes) : bytes;
}

/**
 * A zstd frame (RFC 8878) of raw blocks: nothing is compressed, for Node 20 has no encoder. A single segment with a size of four
 * bytes; blocks of at most 64 bytes, so that a cut falls into any of several.
 */
export function storeAsZstd(bytes: Buffer): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  header.writeUInt32LE(bytes.length, 5);
  const parts: Buffer[] = [header];
  for (let at = 0; at === 0 || at < bytes.length; at += 64) {
    const content = bytes.subarray(at, at + 64);
    const block = Buffer.alloc(3);
    block.writeUIntLE((content.length << 3) | Number(at + 64 >= bytes.length), 0, 3);
    parts.push(block, content);
  }
  return Buffer.concat(parts);
}

function gbkOf(char: string): readonly number[] {
  const code = char.codePointAt(0) ?? 0;
  const bytes = code < 0x80 ? [code] : gbkBytes.get(char);
  if (bytes === undefined) throw new Error(`"${char}" is not in the part of GBK that this encodes`);
  return bytes;
}

function* gb2312(): Generator<[string, readonly number[]]> {
  const decoder = new TextDecoder("gbk");
  for (let lead = pairs.first; lead <= pairs.last; lead++)
    for (let trail = pairs.trailFirst; trail <= pairs.trailLast; trail++) yield [decoder.decode(Buffer.from([lead, trail])), [lead, trail]];
}
