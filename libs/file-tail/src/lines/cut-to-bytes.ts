/** The first `bytesMax` bytes, less a UTF-8 character that would be cut in two. */
export function cutToBytes(line: Buffer, bytesMax: number): Buffer {
  if (line.length <= bytesMax) return line;
  let end = bytesMax;
  // A continuation byte (10xxxxxx) behind the cut belongs to a character before it, which has at most three of them.
  for (let back = 0; back < 3 && ((line[end] ?? 0) & 0xc0) === 0x80; back += 1) end -= 1;
  const isWhole = ((line[end] ?? 0) & 0xc0) !== 0x80;
  return line.subarray(0, isWhole ? end : bytesMax);
}
