/** The values of each key, in their order. Takes time in proportion to their number, however many have one key. */
export function groupBy<K, V>(values: Iterable<V>, keyFor: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const key = keyFor(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
