import type { BackOff } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import type { Sink } from "./contract.ts";
import { DeliveryError, PartialDeliveryError, toDeliveryError, type RejectedItem } from "./delivery-error.ts";

/** How deliverAll treats what a sink does not take. */
export interface DeliverAllOptions<T> {
  readonly clock: Clock;
  /** Times between attempts; one per output, for it is reset by what succeeds. */
  readonly backOff: BackOff;
  /**
   * Keeps an item that the sink refused for good; resolves when it is durable. A rejection is back-pressure: it is tried
   * again with back-off, so the same item may be handed over twice.
   */
  readonly deadLetter: (rejected: RejectedItem<T>) => Promise<void>;
  /** Gives the delivery up; what was not durable then was not acknowledged. */
  readonly signal: AbortSignal;
  /** Called before each wait; never per item of a healthy batch. */
  readonly onRetry?: (error: DeliveryError, delayMs: number) => void;
  /** Called after an item is durable among the dead letters. */
  readonly onDeadLetter?: (rejected: RejectedItem<T>) => void;
  /**
   * How many items in a row, counted over all batches of one sink object, may be dead-lettered before the sink itself is
   * taken to be wrong (default 100). Then nothing more is dead-lettered: the item is tried again until the sink takes one.
   */
  readonly consecutiveDeadLettersMax?: number;
  /** Called when the row is full, before each further attempt: the output is not ready. */
  readonly onPaused?: (error: DeliveryError) => void;
}

/** Default of `consecutiveDeadLettersMax`. */
export const consecutiveDeadLettersMaxDefault = 100;

/**
 * Delivers a batch by the delivery law: a transient failure is retried for ever with back-off; a permanent one is bisected
 * until the refused item stands alone, which goes to the dead letters, and the rest goes on, in order.
 *
 * **Guarantee**: resolves when every item is durable in the sink or among the dead letters; rejects with
 * `GATELOG_PIPELINE_ABORTED` when `signal` aborts, and never otherwise. Holds no more than the batch and a stack of
 * its slices.
 */
export async function deliverAll<T>(sink: Sink<T>, batch: readonly T[], options: DeliverAllOptions<T>): Promise<void> {
  // Slices still to be written, the next one last.
  const pending: (readonly T[])[] = batch.length === 0 ? [] : [batch];
  for (let slice = pending.pop(); slice !== undefined; slice = pending.pop()) {
    const error = await attempt((signal) => sink.write(slice, signal), options.signal);
    if (error === undefined) {
      noteDelivered(sink, options);
    } else if (error instanceof PartialDeliveryError) {
      pending.push(...(await settlePartial(sink, slice, error as PartialDeliveryError<T>, options)));
    } else if (!error.permanent) {
      pending.push(slice);
      await wait(error, options);
    } else if (slice.length > 1) {
      const middle = Math.ceil(slice.length / 2);
      pending.push(slice.slice(middle), slice.slice(0, middle));
    } else {
      pending.push(...(await settleRejected(sink, [{ item: slice[0] as T, error }], options)));
    }
  }
}

/** Items that each sink refused in a row. By sink, since a run of refusals may span many small batches. */
const refusedInARow = new WeakMap<object, number>();

function noteDelivered<T>(sink: Sink<T>, { backOff }: DeliverAllOptions<T>): void {
  refusedInARow.delete(sink);
  backOff.reset();
}

/** Dead-letters what was refused and returns the slices that must be written again. */
async function settlePartial<T>(
  sink: Sink<T>,
  slice: readonly T[],
  error: PartialDeliveryError<T>,
  options: DeliverAllOptions<T>,
): Promise<readonly (readonly T[])[]> {
  const { rejected, undelivered } = error;
  if (rejected.length + undelivered.length < slice.length) noteDelivered(sink, options);
  const refusedAgain = await settleRejected(sink, rejected, options);
  if (undelivered.length === 0) return refusedAgain;
  await wait(error, options);
  return [...refusedAgain, undelivered];
}

/** Dead-letters refused items; returns those that may not be, since too many were refused in a row, after a wait. */
async function settleRejected<T>(
  sink: Sink<T>,
  rejected: readonly RejectedItem<T>[],
  options: DeliverAllOptions<T>,
): Promise<readonly (readonly T[])[]> {
  const { consecutiveDeadLettersMax = consecutiveDeadLettersMaxDefault, deadLetter, onDeadLetter, onPaused } = options;
  for (const [index, refused] of rejected.entries()) {
    const count = refusedInARow.get(sink) ?? 0;
    if (count >= consecutiveDeadLettersMax) {
      onPaused?.(refused.error);
      await wait(refused.error, options);
      return [rejected.slice(index).map(({ item }) => item)];
    }
    await retryDeadLetter(() => deadLetter(refused), options);
    refusedInARow.set(sink, count + 1);
    onDeadLetter?.(refused);
  }
  return [];
}

async function retryDeadLetter<T>(deadLetter: () => Promise<void>, options: DeliverAllOptions<T>): Promise<void> {
  for (;;) {
    const error = await attempt(deadLetter, options.signal);
    if (error === undefined) return;
    await wait(error, options);
  }
}

async function wait<T>(error: DeliveryError, { backOff, clock, onRetry, signal }: DeliverAllOptions<T>): Promise<void> {
  const delayMs = backOff.next();
  onRetry?.(error, delayMs);
  await clock.sleep(delayMs, signal);
}

/** Runs `work` and returns its failure; rejects when the signal aborts first, without waiting for `work` to notice. */
async function attempt(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<DeliveryError | undefined> {
  if (signal.aborted) throw abortedError(signal);
  const aborted = watchAbort(signal);
  try {
    const outcome = await Promise.race([failureOf(work, signal), aborted.promise]);
    // What fails while the signal aborts failed because of it.
    if (outcome === "aborted" || (outcome !== undefined && signal.aborted)) throw abortedError(signal);
    return outcome;
  } finally {
    aborted.forget();
  }
}

async function failureOf(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<DeliveryError | undefined> {
  try {
    await work(signal);
    return undefined;
  } catch (error) {
    return toDeliveryError(error);
  }
}

function watchAbort(signal: AbortSignal): { readonly promise: Promise<"aborted">; readonly forget: () => void } {
  let forget = () => {};
  const promise = new Promise<"aborted">((resolve) => {
    const onAbort = () => resolve("aborted");
    signal.addEventListener("abort", onAbort, { once: true });
    forget = () => signal.removeEventListener("abort", onAbort);
  });
  return { promise, forget };
}

function abortedError(signal: AbortSignal): DeliveryError {
  return new DeliveryError("GATELOG_PIPELINE_ABORTED", "the delivery was given up", { permanent: false, cause: signal.reason });
}
