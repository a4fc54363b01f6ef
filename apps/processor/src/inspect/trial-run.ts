import { Buffer } from "node:buffer";
import { systemClock } from "@gatelog/pipeline";
import { type Config, outputName } from "../config.ts";
import type { FilterChain } from "../filters/chain.ts";
import { createChain } from "../filters/create-chain.ts";
import { effects } from "../filters/filter.ts";
import { parseFilters } from "../filters/parse-filters.ts";
import { createFix } from "../inputs/codec.ts";
import { createForeignMask } from "../masking/mask-foreign.ts";
import { conditionOf } from "../outputs/output-condition.ts";
import { outputNeeds } from "../outputs/output-needs.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import type { Given } from "./test-file.ts";

export interface TrialRunOptions {
  readonly config: Config;
  readonly resolvePath: (path: string) => string;
  /** Told of what a filter has to say, such as of a table that it cannot read. */
  readonly onNotice: (message: string) => void;
}

/** The configured filters over events that somebody made up: as in the processor, without its inputs, buffer and outputs. */
export class TrialRun {
  readonly #options: TrialRunOptions;
  readonly #chains = new Map<string | undefined, FilterChain>();
  readonly #mask;

  constructor(options: TrialRunOptions) {
    const { masking } = options.config;
    this.#options = options;
    this.#mask = createForeignMask(masking);
  }

  /** What an output, or, without one, somebody who needs everything, gets of an event; undefined where it is dropped. **Errors**: StartError of a filter. */
  run(given: Given, output: string | undefined): WorkEvent | undefined {
    const { seedTimeZone, masking } = this.#options.config;
    const fixed = fixGiven(given, seedTimeZone);
    return this.#chainOf(output).run([decode(masking.foreign ? this.#mask(fixed).bytes : fixed.bytes)])[0];
  }

  close(): void {
    for (const chain of this.#chains.values()) chain.close();
  }

  #chainOf(output: string | undefined): FilterChain {
    const known = this.#chains.get(output);
    if (known !== undefined) return known;
    const chain = this.#createChain(output);
    this.#chains.set(output, chain);
    return chain;
  }

  #createChain(name: string | undefined): FilterChain {
    const { config, resolvePath, onNotice } = this.#options;
    const output = name === undefined ? undefined : config.outputs.find((one) => outputName(one) === name);
    return createChain({
      specs: parseFilters(config.filters, resolvePath(".")).specs,
      needs: output === undefined ? effects : outputNeeds(output),
      condition: conditionOf(output?.when, () => undefined),
      eventMsMax: config.limits.filterEventMsMax,
      context: { seedTimeZone: config.seedTimeZone, resolvePath, clock: systemClock, onNotice: ({ message }) => onNotice(message) },
      hooks: { onFailure: () => undefined, again: ({ bytes }) => decode(bytes) },
    });
  }
}

/** `line` is a line alone, `event` what a Beat sends, `frame` the same as the text that it sends. */
function fixGiven(given: Given, seedTimeZone: string) {
  if ("line" in given) return createFix("line", seedTimeZone)(Buffer.from(given.line));
  return createFix("event", seedTimeZone)(Buffer.from("event" in given ? JSON.stringify(given.event) : given.frame));
}

function decode(bytes: Buffer): WorkEvent {
  const event = decodeEvent(bytes);
  if (event === undefined) throw new Error("an event that was made cannot be read");
  return event;
}
