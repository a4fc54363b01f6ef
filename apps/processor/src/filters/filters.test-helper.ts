import { systemClock } from "@gatelog/pipeline";
import { encodeEvent } from "../plain-event.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import type { ChainHooks, FilterChain } from "./chain.ts";
import { createChain } from "./create-chain.ts";
import { type Effect, effects } from "./filter.ts";
import { parseFilters } from "./parse-filters.ts";

/** An event as an output reads it from the buffer. */
export function eventOf(
  line: string,
  fields: Readonly<Record<string, unknown>> = {},
  id = "0199a1b2-c3d4-7000-8000-000000000001",
): WorkEvent {
  const time = "2026-11-23T08:00:00.123Z";
  const event = decodeEvent(encodeEvent({ id, time, type: "record", line: Buffer.from(line), fieldsJson: JSON.stringify(fields) }));
  if (event === undefined) throw new Error("what was encoded is no event");
  return event;
}

/** What is wrong with filters as the configuration has them: `path: sentence`. */
export function problemsOf(filters: unknown, directory = "/"): string[] {
  return parseFilters(filters, directory).problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

export interface FilterRun {
  readonly events: readonly WorkEvent[];
  /** `node: reason` of every failure. */
  readonly failures: readonly string[];
}

export interface FilterRunOptions {
  readonly needs?: readonly Effect[];
  readonly directory?: string;
  readonly eventMsMax?: number;
  readonly onNotice?: (message: string) => void;
}

/** Runs filters, given as in the configuration, over events, as an output does that needs everything. Throws where they are not valid. */
export function runFilters(filters: unknown, events: readonly WorkEvent[], options: FilterRunOptions = {}): FilterRun {
  const failures: string[] = [];
  const onFailure = (node: string, error: unknown) =>
    void failures.push(`${node}: ${error instanceof Error ? error.message : String(error)}`);
  const chain = chainOf(filters, { ...options, onFailure });
  try {
    return { events: chain.run(events), failures };
  } finally {
    chain.close();
  }
}

/** The chain itself; it is closed by who asks for it. */
export function chainOf(filters: unknown, options: FilterRunOptions & Partial<ChainHooks> = {}): FilterChain {
  const { needs = effects, directory = "/", eventMsMax = 1000, onNotice, onFailure = () => undefined, tap } = options;
  const { specs, problems } = parseFilters(filters, directory);
  if (problems.length > 0) throw new Error(problemsOf(filters, directory).join("\n"));
  return createChain({
    specs,
    needs,
    eventMsMax,
    context: {
      seedTimeZone: "Asia/Shanghai",
      resolvePath: (path) => path,
      clock: systemClock,
      onNotice: ({ message }) => onNotice?.(message),
    },
    hooks: { onFailure, tap, again: ({ bytes }) => decodeEvent(bytes) as WorkEvent },
  });
}

/** The one event that filters made of this one; undefined where it was dropped. */
export function filtered(filters: unknown, line: string, fields: Readonly<Record<string, unknown>> = {}): WorkEvent | undefined {
  return runFilters(filters, [eventOf(line, fields)]).events[0];
}
