/** Whether at `at` stand those bytes. For a few of them: a loop is sooner done than a call of the runtime. */
export function standsAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index += 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}
