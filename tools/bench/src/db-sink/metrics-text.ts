/** Samples of a scrape: the name with its labels as it stands there, and the value. */
export type Samples = ReadonlyMap<string, number>;

/** Reads the text format of Prometheus. */
export function readMetrics(text: string): Samples {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** The sum over all labels of a counter or a gauge; 0 where there is none. */
export function sumOf(samples: Samples, name: string): number {
  return [...samples].reduce((sum, [key, value]) => (key === name || key.startsWith(`${name}{`) ? sum + value : sum), 0);
}

/**
 * A quantile of a histogram without other labels, as Prometheus makes it out: within its bucket the values lie evenly. NaN where nothing was
 * observed; the upper bound of the last bucket that has one at most.
 */
export function quantileOf(samples: Samples, name: string, share: number): number {
  const buckets = [...samples].flatMap(([key, count]) => {
    const bound = key.startsWith(`${name}_bucket{`) ? /le="([^"]+)"/.exec(key)?.[1] : undefined;
    return bound === undefined ? [] : [{ bound: bound === "+Inf" ? Infinity : Number(bound), count }];
  });
  buckets.sort((a, b) => a.bound - b.bound);
  const rank = share * (buckets.at(-1)?.count ?? NaN);
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (bucket === undefined || rank === 0) return NaN;
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (bucket.bound === Infinity) return below.bound;
  return below.bound + ((bucket.bound - below.bound) * (rank - below.count)) / (bucket.count - below.count);
}
