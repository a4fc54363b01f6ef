/** How a failed delivery is to be treated; see DeliveryError. */
export interface DeliveryErrorOptions {
  readonly permanent: boolean;
  readonly cause?: unknown;
}

/**
 * Why a sink could not take a batch.
 *
 * **Guarantee**: a sink classifies by the error's *type*; anything it does not know is transient, so that an unknown
 * failure is retried for ever and never loses a record. `permanent` means that the same bytes would be refused again.
 */
export class DeliveryError extends Error {
  override readonly name: string = "DeliveryError";
  readonly code: string;
  readonly permanent: boolean;

  constructor(code: string, message: string, options: DeliveryErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.permanent = options.permanent;
  }
}

/** One item that the store refused for good, with the store's reason. */
export interface RejectedItem<T> {
  readonly item: T;
  readonly error: DeliveryError;
}

/**
 * Some items of the batch are delivered, the rest are named: `rejected` will never be taken, `undelivered` may be
 * retried alone. Items in neither list are durable.
 */
export class PartialDeliveryError<T> extends DeliveryError {
  override readonly name = "PartialDeliveryError";
  readonly rejected: readonly RejectedItem<T>[];
  readonly undelivered: readonly T[];

  constructor(code: string, message: string, outcome: { rejected: readonly RejectedItem<T>[]; undelivered: readonly T[] }) {
    super(code, message, { permanent: false });
    this.rejected = outcome.rejected;
    this.undelivered = outcome.undelivered;
  }
}

/** Any thrown value as a DeliveryError; what is not one already becomes transient with code `GATELOG_PIPELINE_UNKNOWN`. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DeliveryError("GATELOG_PIPELINE_UNKNOWN", message, { permanent: false, cause: error });
}
