import type { LatencySampler } from "./latency-sampler.ts";

const lineFeed = 0x0a;

/** Counts the lines of a stream of bytes: what a peer sends that has no protocol. */
export class LineCounter {
  events = 0;
  readonly #sampler: LatencySampler | undefined;

  constructor(sampler?: LatencySampler) {
    this.#sampler = sampler;
  }

  push(chunk: Buffer): void {
    // Where the line began is not in this chunk for the first one, which therefore is not sampled.
    let begin = -1;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, begin)) {
      this.events += 1;
      if (begin !== -1 && this.#sampler?.isDue(this.events) === true) this.#sampler.take(this.events, chunk, begin, end);
      begin = end + 1;
    }
  }
}
