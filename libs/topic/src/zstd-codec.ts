import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { decompress } from "fzstd";
import { beforeDecompressing } from "./fetch-budget.ts";
import type { TopicCompression } from "./topic.ts";

type Transform = (bytes: Buffer, callback: (error: Error | null, result: Buffer) => void) => void;

/** Node has zstd from 22.15 on; its types here are an older Node's. */
const native = zlib as typeof zlib & { readonly zstdCompress?: Transform; readonly zstdDecompress?: Transform };

/** The codec that kafkajs looks up for zstd. What others wrote is read on any Node, but only a newer one can write it. */
export const zstdCodec = {
  async compress({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> {
    if (native.zstdCompress === undefined) throw new Error(compressionProblem("zstd"));
    return promisify(native.zstdCompress)(buffer);
  },
  async decompress(bytes: Buffer): Promise<Buffer> {
    const result = native.zstdDecompress === undefined ? Buffer.from(decompress(bytes)) : await promisify(native.zstdDecompress)(bytes);
    // A frame need not say its size before: this one is counted late, the next ones of the fetch in time.
    beforeDecompressing(result.length);
    return result;
  },
};

/** Why this runtime cannot write with a compression, as one sentence; undefined where it can. */
export function compressionProblem(compression: TopicCompression | undefined): string | undefined {
  if (compression !== "zstd" || native.zstdCompress !== undefined) return undefined;
  return `zstd needs Node 22.15 or newer, and this is ${process.versions.node}: choose snappy or gzip, or run a newer Node`;
}
