import { promisify } from "node:util";
import { gzip, unzip } from "node:zlib";
import { beforeDecompressing } from "./fetch-budget.ts";

/** The codec that kafkajs looks up for gzip: its own, but one that says before how large the result will be. */
export const gzipCodec = {
  compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => promisify(gzip)(buffer),
  async decompress(bytes: Buffer): Promise<Buffer> {
    // ISIZE, the last four bytes of a member (RFC 1952): its size modulo 2^32, and a record batch is smaller.
    const size = bytes.length >= 4 ? bytes.readUInt32LE(bytes.length - 4) : 0;
    beforeDecompressing(size);
    return promisify(unzip)(bytes);
  },
};
