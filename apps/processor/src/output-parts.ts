import type { Clock } from "@gatelog/pipeline";
import { type Config, type OutputConfig, outputName } from "./config.ts";
import { createSink } from "./create-sink.ts";
import type { EventSink } from "./event-sink.ts";
import type { ChainTap, FilterChain } from "./filters/chain.ts";
import { createChain } from "./filters/create-chain.ts";
import type { FilterContext } from "./filters/filter.ts";
import { parseFilters } from "./filters/parse-filters.ts";
import { conditionNeeds, conditionOf } from "./outputs/output-condition.ts";
import type { Reports } from "./reports.ts";
import { decodeAgain } from "./stored-event.ts";

export interface OutputPartsOptions {
  readonly config: Config;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly onNotice: FilterContext["onNotice"];
  /** Told of each event that the output's own condition keeps from it. */
  readonly onUnwanted: () => void;
  /** Asked once a batch: who looks at its events. */
  readonly tap?: () => ChainTap | undefined;
}

/** What an output is made of: its sink, not started, and the filters that it needs. **Errors**: StartError of either. */
export function createOutputParts(
  output: OutputConfig,
  options: OutputPartsOptions,
): { readonly name: string; readonly sink: EventSink; readonly chain: FilterChain } {
  const sink = createSink(output, options.config, options.reports);
  return { name: outputName(output), sink, chain: createOutputChain(output, sink, options) };
}

/** The filters that an output needs for its sink. **Errors**: StartError of a filter whose file is not as it should be. */
export function createOutputChain(
  output: OutputConfig,
  sink: Pick<EventSink, "needs">,
  { config, resolvePath, reports, clock, onNotice, onUnwanted, tap }: OutputPartsOptions,
): FilterChain {
  const name = outputName(output);
  return createChain({
    specs: parseFilters(config.filters, resolvePath(".")).specs,
    needs: output.when === undefined ? sink.needs : [...sink.needs, ...conditionNeeds],
    condition: conditionOf(output.when, onUnwanted),
    eventMsMax: config.limits.filterEventMsMax,
    context: { seedTimeZone: config.seedTimeZone, resolvePath, clock, onNotice },
    hooks: { onFailure: (node, error) => reports.filterFailed(name, node, error), tap, again: ({ bytes }) => decodeAgain(bytes) },
  });
}
