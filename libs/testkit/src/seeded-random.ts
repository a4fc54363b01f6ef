/** Random numbers that replay: same seed, same sequence. */
export interface SeededRandom {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** An integer in [min, max]. */
  integer(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
}

/** The seed of this run: `GATELOG_SEED`, or a new one. Print it with a failure, so that the run can be replayed. */
export function seedOfRun(): number {
  const given = Number(process.env["GATELOG_SEED"]);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 0x7fffffff) + 1;
}

/** mulberry32: 32 bits of state, good enough to choose test operations. Source: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    seed,
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
  };
}
