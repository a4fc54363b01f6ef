import type { Finding, FindingKind } from "./comparison.ts";

/** Counts what does not agree, and keeps the first examples of each kind. */
export class Findings {
  readonly #samplesMax: number;
  readonly #found: Record<FindingKind, { count: number; readonly samples: string[] }> = {
    missingThere: { count: 0, samples: [] },
    missingHere: { count: 0, samples: [] },
    doubledThere: { count: 0, samples: [] },
    withoutIdThere: { count: 0, samples: [] },
    different: { count: 0, samples: [] },
  };

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  add(kind: FindingKind, sample: () => string, count = 1): void {
    if (count === 0) return;
    const found = this.#found[kind];
    found.count += count;
    if (found.samples.length < this.#samplesMax) found.samples.push(sample());
  }

  all(): Readonly<Record<FindingKind, Finding>> {
    return this.#found;
  }
}
