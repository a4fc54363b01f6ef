/** Bounds of one transaction. */
export interface ChunkBounds {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** The messages in order, cut by rows and bytes; one that is larger than a chunk goes alone. */
export function* chunksOf<T extends { readonly value: Uint8Array }>(
  messages: readonly T[],
  { rowsMax, bytesMax }: ChunkBounds,
): Generator<readonly T[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, { value }] of messages.entries()) {
    if (index > from && (index - from >= rowsMax || bytes + value.length > bytesMax)) {
      yield messages.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += value.length;
  }
  if (from < messages.length) yield messages.slice(from);
}
