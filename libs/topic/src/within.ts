import { DeliveryError } from "@gatelog/pipeline";

/** How long a promise is waited for. */
export interface WithinOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, for the message: `sending to Kafka`. */
  readonly what: string;
}

/**
 * The promise's result, or a transient DeliveryError when it takes too long or the signal aborts. The promise itself runs
 * on: the caller must make sure that its late outcome does no harm.
 */
export async function within<T>(promise: Promise<T>, options: WithinOptions): Promise<T> {
  const { timeoutMs, signal, what } = options;
  let stop: (() => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    const give = (why: string) => () => reject(new DeliveryError("GATELOG_TOPIC_TIMEOUT", `${what} ${why}`, { permanent: false }));
    const aborted = give("was stopped");
    if (signal?.aborted === true) aborted();
    const timer = setTimeout(give(`took longer than ${timeoutMs} ms`), timeoutMs);
    signal?.addEventListener("abort", aborted, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    stop?.();
    promise.catch(() => undefined);
  }
}
