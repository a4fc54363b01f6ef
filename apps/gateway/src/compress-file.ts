import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { syncDirectory } from "./sync-directory.ts";

/** Read at once. */
const chunkBytes = 262_144;

/** How much a file was and is. */
export interface Compressed {
  readonly bytes: number;
  readonly compressedBytes: number;
}

/**
 * Replaces a file by `<path>.gz` with its content, mode 0600.
 *
 * **Guarantee**: the file is removed last, when its compressed form is on disk under its name. Whatever fails or ends before
 * that leaves it, and at most a `<path>.gz.tmp` or a whole `<path>.gz`, both of which the next attempt replaces.
 * **Errors**: those of the file system; also when the file grew meanwhile, or `signal` was aborted.
 */
export async function compressFile(path: string, signal: AbortSignal): Promise<Compressed> {
  const temporary = `${path}.gz.tmp`;
  const compressed = await writeCompressed(path, temporary, signal);
  await rename(temporary, `${path}.gz`);
  await syncDirectory(dirname(path));
  await unlink(path);
  return compressed;
}

/** Writes the content to another file and syncs that. */
async function writeCompressed(path: string, temporary: string, signal: AbortSignal): Promise<Compressed> {
  const source = await open(path, "r");
  try {
    const target = await open(temporary, "w", 0o600);
    try {
      const { size } = await source.stat();
      await pipeline(
        chunksOf(source, size),
        createGzip(),
        async (compressed: AsyncIterable<Uint8Array>) => {
          for await (const chunk of compressed) await target.writeFile(chunk);
        },
        { signal },
      );
      await target.sync();
      if ((await source.stat()).size !== size) throw new Error(`${path} grew while it was compressed: somebody writes to it`);
      return { bytes: size, compressedBytes: (await target.stat()).size };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) throw new Error("a log file shrank while it was compressed");
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}
