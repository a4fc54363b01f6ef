import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { Decompress } from "fzstd";
import { decompressWithin } from "./fetch-budget.ts";
import type { TopicCompression } from "./topic.ts";

type Callback = (error: Error | null, result: Buffer) => void;

/** Node has zstd from 22.15 on; its types here are an older Node's. */
const native = zlib as typeof zlib & {
  readonly zstdCompress?: (bytes: Buffer, callback: Callback) => void;
  readonly zstdDecompress?: (bytes: Buffer, options: { readonly maxOutputLength: number }, callback: Callback) => void;
};

/** The codec that kafkajs looks up for zstd, bounded by what really comes out. What others wrote is read on any Node, but only a newer one can write it. */
export const zstdCodec = {
  async compress({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> {
    if (native.zstdCompress === undefined) throw new Error(compressionProblem("zstd"));
    return promisify(native.zstdCompress)(buffer);
  },
  decompress: (bytes: Buffer): Promise<Buffer> =>
    decompressWithin((bytesMax) => (native.zstdDecompress === undefined ? byScript(bytes, bytesMax) : byNode(bytes, bytesMax))),
};

async function byNode(bytes: Buffer, bytesMax: number): Promise<Buffer | undefined> {
  try {
    return await promisify(native.zstdDecompress as NonNullable<typeof native.zstdDecompress>)(bytes, {
      maxOutputLength: Math.max(1, bytesMax),
    });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw error;
  }
}

/** Thrown out of the decoder when it is enough. */
const enough = Symbol("enough");

/** Block by block, of 128 KiB at most each. */
async function byScript(bytes: Buffer, bytesMax: number): Promise<Buffer | undefined> {
  const blocks: Uint8Array[] = [];
  let length = 0;
  const decoder = new Decompress((block) => {
    length += block.length;
    // eslint-disable-next-line typescript/only-throw-error -- It is no error.
    if (length > bytesMax) throw enough;
    blocks.push(block);
  });
  try {
    decoder.push(bytes, true);
  } catch (error) {
    if (error === enough) return undefined;
    throw error;
  }
  return Buffer.concat(blocks, length);
}

/** Why this runtime cannot write with a compression, as one sentence; undefined where it can. */
export function compressionProblem(compression: TopicCompression | undefined): string | undefined {
  if (compression !== "zstd" || native.zstdCompress !== undefined) return undefined;
  return `zstd needs Node 22.15 or newer, and this is ${process.versions.node}: choose snappy or gzip, or run a newer Node`;
}
