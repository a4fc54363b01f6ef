import type { FilterChain } from "../filters/chain.ts";

/** Makes the filters of an output anew, of what the configuration has become. **Errors**: StartError. */
export type MakeChain<Config> = (config: Config) => FilterChain;

/**
 * The filters that each output runs now.
 *
 * **Guarantee**: an event is filtered by one chain from its beginning to its end: a chain runs a batch in one go, so that between two batches the old one can
 * be closed and the new one be the next. Batches that were filtered already go out as they are.
 */
export class OutputChains<Config> {
  readonly #chains = new Map<string, { chain: FilterChain; readonly make: MakeChain<Config> }>();

  add(name: string, chain: FilterChain, make: MakeChain<Config>): void {
    this.#chains.set(name, { chain, make });
  }

  of(name: string): FilterChain {
    const held = this.#chains.get(name);
    if (held === undefined) throw new Error(`there is no output ${name}`);
    return held.chain;
  }

  /** All or none: an error leaves every output with the filters that it has. */
  replace(config: Config): void {
    const made: FilterChain[] = [];
    try {
      for (const { make } of this.#chains.values()) made.push(make(config));
    } catch (error) {
      for (const chain of made) chain.close();
      throw error;
    }
    for (const [index, held] of [...this.#chains.values()].entries()) {
      held.chain.close();
      held.chain = made[index] as FilterChain;
    }
  }

  close(): void {
    for (const { chain } of this.#chains.values()) chain.close();
  }
}
