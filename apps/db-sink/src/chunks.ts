/** Bounds of one transaction. */
export interface ChunkBounds {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** The messages from `from` on that make one transaction, by rows and bytes; one that is larger than the bounds goes alone. */
export function chunkAt<T extends { readonly value: Uint8Array }>(
  messages: readonly T[],
  from: number,
  { rowsMax, bytesMax }: ChunkBounds,
): readonly T[] {
  let bytes = messages[from]?.value.length ?? 0;
  let to = from + 1;
  for (let next = messages[to]; next !== undefined && to - from < rowsMax; next = messages[to]) {
    bytes += next.value.length;
    if (bytes > bytesMax) break;
    to++;
  }
  return messages.slice(from, to);
}
