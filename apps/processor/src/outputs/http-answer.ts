import { DeliveryError } from "@gatelog/pipeline";

/** What a server said to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of its body. */
  readonly text: string;
}

/**
 * Answers below 500 that are about the login, the address or the moment, and not about the events: they are not refused for good, since all others would
 * be, too.
 */
const transientStatuses: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 408, 421, 425, 429]);

/** A server's answer as a DeliveryError; undefined for 2xx. **Errors**: permanent for what is about the events themselves: most of 4xx. */
export function failureOf({ status, text }: HttpAnswer, url: string): DeliveryError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const permanent = status >= 400 && status < 500 && !transientStatuses.has(status);
  const said = text === "" ? "" : `: ${text}`;
  return permanent
    ? new DeliveryError("GATELOG_PROCESSOR_OUTPUT_HTTP_REFUSED", `${url} refuses it with ${status}${said}`, { permanent })
    : new DeliveryError("GATELOG_PROCESSOR_OUTPUT_HTTP_FAILED", `${url} answers ${status}${said}`, { permanent });
}

/** Longest pause that a server may ask for. */
export const retryAfterMsMax = 300_000;

/** Milliseconds to wait, of a Retry-After in seconds or as a date; undefined where there is none that can be read. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), retryAfterMsMax);
}
