import type { Clock } from "@gatelog/pipeline";
import type { ConfigProblem } from "@gatelog/service-kit";
import type { Static, TObject } from "typebox";
import type { WorkEvent } from "../work-event.ts";

/**
 * What a filter changes, by which is told who has to run it: the line (`message`), the fields around it (`fields`), or whether the event goes on at all
 * (`flow`). One that changes nothing of these (`parsed`, `document`) is run where somebody needs what it finds.
 */
export const effects = ["message", "fields", "flow", "parsed", "document"] as const;
export type Effect = (typeof effects)[number];

/** Says of a filter's option what is wrong, at a path below the option's own place. */
export type OptionProblem = Pick<ConfigProblem, "message"> & { readonly path: readonly (string | number)[] };

/** What filters get from the processor. */
export interface FilterContext {
  /** Time zone of lines, and of times, that have none. */
  readonly seedTimeZone: string;
  /** Makes a path absolute against the folder of the configuration. */
  readonly resolvePath: (path: string) => string;
  readonly clock: Clock;
  /** For what an operator should know of a filter, such as a table that cannot be read any more. */
  readonly onNotice: (notice: { readonly level: "info" | "warn"; readonly message: string; readonly error?: unknown }) => void;
}

/** A filter at work. */
export interface FilterStep {
  /**
   * Changes the event in place; false drops it. What it throws is a failure on that event: the event is tagged, and goes on as the filter left it.
   * Synchronous; called for thousands of events a second.
   */
  readonly apply: (event: WorkEvent) => boolean | void;
  /** For an event whose filters were cut off, which goes on as it was before them: what must be done to it all the same. `isCause`: it was this filter. */
  readonly late?: (event: WorkEvent, isCause: boolean) => void;
  /** Ends what it began: watching a file, a timer. */
  readonly close?: () => void;
}

/** A kind of filter. */
export interface FilterDefinition<Schema extends TObject = TObject> {
  /** As in the configuration. */
  readonly name: string;
  /** What it does, in one sentence; stands in the reference. */
  readonly description: string;
  readonly schema: Schema;
  readonly effects: (options: Static<Schema>) => readonly Effect[];
  /** What a user's code or pattern may take long over: then each event has only so much time. Default false. */
  readonly isBoxed?: boolean;
  /** The tag of an event on which it failed. Default `_<name>failure`, in lower case. */
  readonly failureTag?: string;
  /** What the schema cannot say. Runs at `check` too, so it touches nothing. */
  readonly check?: (options: Static<Schema>) => readonly OptionProblem[];
  /** **Errors**: StartError where something that it names, such as a file, is not as it should be. */
  readonly create: (options: Static<Schema>, context: FilterContext) => FilterStep;
}

/** Keeps a definition's types together. */
export function defineFilter<Schema extends TObject>(definition: FilterDefinition<Schema>): FilterDefinition<Schema> {
  return definition;
}

/** The tag of an event on which a filter of this kind failed. */
export function failureTagOf({ name, failureTag }: Pick<FilterDefinition, "name" | "failureTag">): string {
  return failureTag ?? `_${name.toLowerCase()}failure`;
}

/** Why a filter failed on an event, as one sentence for the event and the log. */
export class FilterFailure extends Error {
  override readonly name = "FilterFailure";
}
