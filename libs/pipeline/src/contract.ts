/** What kind of line an event carries: a record, a ledger mark of a gateway, or anything else that must not be dropped. */
export const eventTypes = ["record", "mark"] as const;
export type EventType = (typeof eventTypes)[number];

/**
 * One line on its way, with the identity that the first gatelog stage fixed (later stages carry it, never compute it again).
 *
 * **Shape**: `{ id: "0199…", time: "2026-11-23T08:00:00.000Z", type: "record", line: <bytes without \n>, fields: {} }`.
 */
export interface Event {
  /** UUID, fixed once. */
  readonly id: string;
  /** `requestTime` in ISO UTC ms; its date is the event's day. `1970-01-01T00:00:00.000Z` where the line has none that is readable. */
  readonly time: string;
  readonly type: EventType;
  /** The raw line, without its line end. */
  readonly line: Uint8Array;
  /** What the transport said about it (host, agent, file path and offset, static fields), and what filters added. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Hands a batch on. Resolves when the next stage said that all of it is durable; rejects when it was given up (on stop). */
export type Deliver<T> = (batch: readonly T[]) => Promise<void>;

/**
 * Where batches come from.
 *
 * **Guarantee**: a source acknowledges or checkpoints a batch only after `deliver` resolved, in order, and keeps
 * bounded work in flight. `stop` stops taking, waits for the deliveries in flight, checkpoints them and resolves.
 */
export interface Source<T> {
  start(deliver: Deliver<T>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Where batches go.
 *
 * **Guarantee**: `write` resolves only when every item is durable; else it throws a DeliveryError (a
 * PartialDeliveryError where the outcome is known per item). The same item may be written again and must not double.
 */
export interface Sink<T> {
  start(): Promise<void>;
  write(batch: readonly T[], signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Changes an event, or returns null to drop it (counted by whoever runs the filter). A filter is pure: same event, same result. */
export type Filter = (event: Event) => Event | null;
