import { type ParsedLine, parseLine, toEcs } from "@gatelog/log-record";
import type { Event } from "@gatelog/pipeline";

/** Names of the filters, as in the configuration. */
export const filterNames = ["parseRecord", "ecs"] as const;
export type FilterName = (typeof filterNames)[number];

/** An event on its way through the filters, with what they found. */
export interface WorkEvent extends Event {
  /** The event as the buffer keeps it. */
  readonly bytes: Uint8Array;
  /** The envelope's fields as JSON text. */
  readonly fieldsJson: string;
  /** By `parseRecord`: what the line says. */
  readonly parsed?: ParsedLine;
  /** By `ecs`: the document for Elasticsearch. */
  readonly document?: Readonly<Record<string, unknown>>;
}

/** Changes an event, or returns null to drop it. Pure. */
export type WorkFilter = (event: WorkEvent) => WorkEvent | null;

/** What an output needs filters to have found; a filter whose result nobody needs is not run. */
export type Need = "parsed" | "document";

interface FilterDefinition {
  readonly gives: Need;
  readonly needs: readonly Need[];
  create(options: FilterOptions): WorkFilter;
}

export interface FilterOptions {
  readonly seedTimeZone: string;
  /** Told when a filter failed on an event; the event goes on without its result. */
  readonly onError: (filter: FilterName, error: unknown) => void;
}

const definitions: Readonly<Record<FilterName, FilterDefinition>> = {
  parseRecord: {
    gives: "parsed",
    needs: [],
    create:
      ({ seedTimeZone }) =>
      (event) =>
        extend(event, { parsed: parseLine(event.line, { seedTimeZone }) }),
  },
  ecs: {
    gives: "document",
    needs: ["parsed"],
    create: () => (event) =>
      event.parsed === undefined ? event : extend(event, { document: toEcs(event.parsed, event, rawLineOf(event)) }),
  },
};

/** The line as text; bytes that are no UTF-8 become U+FFFD. */
export function rawLineOf(event: Event): string {
  return Buffer.from(event.line.buffer, event.line.byteOffset, event.line.byteLength).toString();
}

/**
 * The configured filters that an output with these needs has to run, in order, as one.
 *
 * **Guarantee**: an output that needs nothing (the raw topic) parses nothing.
 */
export function filtersFor(names: readonly FilterName[], needs: readonly Need[], options: FilterOptions): WorkFilter {
  const wanted = new Set(needs);
  const chain: WorkFilter[] = [];
  for (const name of [...names].reverse()) {
    const definition = definitions[name];
    if (!wanted.has(definition.gives)) continue;
    for (const need of definition.needs) wanted.add(need);
    chain.unshift(guarded(name, definition.create(options), options));
  }
  return (event) => chain.reduce<WorkEvent | null>((current, filter) => (current === null ? null : filter(current)), event);
}

function guarded(name: FilterName, filter: WorkFilter, { onError }: FilterOptions): WorkFilter {
  return (event) => {
    try {
      return filter(event);
    } catch (error) {
      onError(name, error);
      return event;
    }
  };
}

/** A copy with more found; `fields` stays lazy. */
function extend(event: WorkEvent, found: Pick<WorkEvent, "parsed" | "document">): WorkEvent {
  const { bytes, id, time, type, line, parsed, document } = event;
  return {
    bytes,
    id,
    time,
    type,
    line,
    ...(parsed === undefined ? {} : { parsed }),
    ...(document === undefined ? {} : { document }),
    ...found,
    get fieldsJson() {
      return event.fieldsJson;
    },
    get fields() {
      return event.fields;
    },
  };
}
