import { promisify } from "node:util";
import { gzip, unzip } from "node:zlib";
import { decompressWithin } from "./fetch-budget.ts";

/**
 * The codec that kafkajs looks up for gzip: its own, but bounded by what really comes out. What the end of the data says of the size (ISIZE, RFC 1952) is only
 * that of its last member.
 */
export const gzipCodec = {
  compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => promisify(gzip)(buffer),
  decompress: (bytes: Buffer): Promise<Buffer> => decompressWithin((bytesMax) => unzipWithin(bytes, bytesMax)),
};

async function unzipWithin(bytes: Buffer, bytesMax: number): Promise<Buffer | undefined> {
  try {
    return await promisify(unzip)(bytes, { maxOutputLength: Math.max(1, bytesMax) });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw error;
  }
}
