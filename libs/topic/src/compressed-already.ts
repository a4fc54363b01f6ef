import type { Buffer } from "node:buffer";

/** What was compressed elsewhere, and kafkajs asked for last. */
let handed: Buffer | undefined;

/**
 * Records that were compressed elsewhere, as one of kafkajs' encoders: it copies their bytes into the encoder that it hands to its codec, at once and without a pause,
 * and the codec has to give them back as they are.
 */
export function compressedAlready(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer } {
  return {
    buf: bytes,
    get buffer() {
      return (handed = bytes);
    },
  };
}

/** For the codec: whether those are what it was just handed. */
export function isCompressedAlready(bytes: Buffer): boolean {
  const last = handed;
  handed = undefined;
  return last?.equals(bytes) === true;
}
