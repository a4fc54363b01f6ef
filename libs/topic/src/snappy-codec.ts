import { compress, compressSync, uncompressSync } from "snappy";
import { isCompressedAlready } from "./compressed-already.ts";
import { beforeDecompressing } from "./fetch-budget.ts";

/*
 * Snappy as Kafka clients write it.
 *
 *   raw     := <one snappy block>                              librdkafka, kafkajs
 *   xerial  := magic version compatible block*                 Java (snappy-java's SnappyOutputStream)
 *   magic   := 82 53 4e 41 50 50 59 00                         "\x82SNAPPY\0"
 *   version, compatible := i32be
 *   block   := length:i32be <length bytes: one snappy block>
 *
 * Source: snappy-java SnappyCodec.java and SnappyInputStream.java.
 */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderBytes = 16;

/** The codec that kafkajs looks up for snappy: writes raw snappy (Java reads it too), reads raw and xerial framing. */
export const snappyCodec = {
  compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> =>
    isCompressedAlready(buffer) ? Promise.resolve(buffer) : compress(buffer),
  decompress: decompressSnappy,
};

/** Raw snappy, in this thread. */
export function compressSnappy(bytes: Buffer): Buffer {
  return compressSync(bytes);
}

/** Undoes raw snappy or xerial framing. **Errors**: a torn or garbled block rejects; nothing is guessed. */
export async function decompressSnappy(bytes: Buffer): Promise<Buffer> {
  const blocks = isXerial(bytes) ? xerialBlocks(bytes) : [bytes];
  beforeDecompressing(blocks.reduce((sum, block) => sum + declaredLength(block), 0));
  const [first, ...others] = blocks.map(uncompressBlock);
  return others.length === 0 && first !== undefined ? first : Buffer.concat(first === undefined ? [] : [first, ...others]);
}

function isXerial(bytes: Buffer): boolean {
  return bytes.length >= xerialHeaderBytes && bytes.subarray(0, xerialMagic.length).equals(xerialMagic);
}

function xerialBlocks(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = xerialHeaderBytes;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1;
    if (length < 0 || at + 4 + length > bytes.length) throw new RangeError(`snappy block at byte ${at} is torn`);
    blocks.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

/** A block begins with its uncompressed length as a varint of 7 bits a byte, the lowest first. One that is torn is left to the decoder. */
function declaredLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  return length;
}

/** In this thread, at a gigabyte a second: the memory of what several threads made is kept by each, 100 MiB together, when it is no longer used. */
function uncompressBlock(block: Buffer): Buffer {
  return uncompressSync(block, { asBuffer: true }) as Buffer;
}
