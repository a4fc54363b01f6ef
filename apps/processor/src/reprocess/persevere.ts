import { backOff, systemClock, toDeliveryError } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import { stderrLogger } from "../commands/stderr-logger.ts";

/** How long one step is tried: then the run ends, and goes on from there when it is started again. */
const waitMsMax = 300_000;

/** Tries a step against the cluster until it works, and says why it does not. **Errors**: StartError when it does not for five minutes, or never will. */
export async function persevere<T>(what: string, step: () => Promise<T>, msMax = waitMsMax): Promise<T> {
  const delays = backOff({ minMs: 200, maxMs: 10_000 });
  const endMs = systemClock.monotonicMs() + msMax;
  for (let isTold = false; ; isTold = true) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { message, permanent } = toDeliveryError(error);
      if (permanent) throw new StartError(`reprocess: ${message}`, { cause: error });
      if (!isTold) stderrLogger.warn({}, `reprocess: ${what}: ${message}; it is tried again for up to ${msMax / 1000} s`);
      if (systemClock.monotonicMs() >= endMs)
        throw new StartError(`reprocess: ${what} failed for ${msMax / 1000} s: ${message}; start it again and it goes on from there`, {
          cause: error,
        });
      await systemClock.sleep(delays.next());
    }
  }
}
