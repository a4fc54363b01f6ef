/** What a disk holds, apart from what it is doing: names in directories, and bytes behind them. */
export interface DiskImage {
  readonly directories: Set<string>;
  /** Path to file number. */
  readonly names: Map<string, number>;
  readonly files: Map<number, Buffer>;
}

/** One change that reached the file system, in order. `mark` is what the program had been promised by then. */
export type DiskOperation<Mark> =
  | { readonly type: "makeDirectory"; readonly path: string }
  | { readonly type: "create"; readonly path: string; readonly file: number }
  | { readonly type: "write"; readonly path: string; readonly file: number; readonly position: number; readonly bytes: Buffer }
  | { readonly type: "truncate"; readonly file: number; readonly size: number }
  | { readonly type: "sync"; readonly path: string; readonly file: number }
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "unlink"; readonly path: string }
  | { readonly type: "syncDirectory"; readonly path: string }
  | { readonly type: "mark"; readonly mark: Mark };

/** An empty disk with a root directory. */
export function emptyImage(): DiskImage {
  return { directories: new Set(["/"]), names: new Map(), files: new Map() };
}

export function copyImage(image: DiskImage): DiskImage {
  return { directories: new Set(image.directories), names: new Map(image.names), files: new Map(image.files) };
}

/** The bytes with `bytes` written at `position`; a hole reads as zeros. */
export function written(content: Buffer, position: number, bytes: Uint8Array): Buffer {
  const result = Buffer.alloc(Math.max(content.length, position + bytes.length));
  content.copy(result);
  result.set(bytes, position);
  return result;
}

/** The bytes cut or filled with zeros to `size`. */
export function resized(content: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  content.copy(result);
  return result;
}
