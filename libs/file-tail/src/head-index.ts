import { type Fingerprint, fingerprintOf } from "./fingerprint.ts";

/** Finds by a file's first bytes what has a fingerprint of them, whatever the fingerprint's length. */
export class HeadIndex<Item> {
  readonly #byLength = new Map<number, Map<string, Set<Item>>>();

  add({ length, hash }: Fingerprint, item: Item): void {
    const byHash = getOrAdd(this.#byLength, length, () => new Map<string, Set<Item>>());
    getOrAdd(byHash, hash, () => new Set<Item>()).add(item);
  }

  delete({ length, hash }: Fingerprint, item: Item): void {
    const byHash = this.#byLength.get(length);
    const items = byHash?.get(hash);
    items?.delete(item);
    if (items?.size === 0) byHash?.delete(hash);
    if (byHash?.size === 0) this.#byLength.delete(length);
  }

  /** What the head, or a beginning of it, is the fingerprint of. */
  *find(head: Buffer): IterableIterator<Item> {
    for (const [length, byHash] of this.#byLength) {
      if (length <= head.length) yield* byHash.get(fingerprintOf(head.subarray(0, length)).hash) ?? [];
    }
  }
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const value = create();
  map.set(key, value);
  return value;
}
