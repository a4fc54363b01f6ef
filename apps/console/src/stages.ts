import type { Clock } from "@gatelog/pipeline";
import type { StageHealth } from "./wire.ts";

/** Admin URLs of the stages to show, by name. */
export type StageUrls = Readonly<Partial<Record<"gateway" | "tailer" | "processor" | "dbSink", string>>>;

const flowOrder = ["gateway", "tailer", "processor", "dbSink"] as const;
const answerTimeoutMs = 1500;
const freshForMs = 1000;
const reasonsMax = 10;

/**
 * Asks the stages for their health when somebody looks, at most once a second for all who look.
 *
 * **Guarantee**: answers within 1.5 s and never rejects; a stage that does not answer is `unreachable`, with the reason.
 */
export class StageHealthReader {
  readonly #urls: StageUrls;
  readonly #clock: Clock;
  #answer: Promise<readonly StageHealth[]> | undefined;
  #askedAtMs = 0;

  constructor(urls: StageUrls, clock: Clock) {
    this.#urls = urls;
    this.#clock = clock;
  }

  read(): Promise<readonly StageHealth[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#answer === undefined || nowMs - this.#askedAtMs > freshForMs) {
      this.#askedAtMs = nowMs;
      this.#answer = this.#ask();
    }
    return this.#answer;
  }

  #ask(): Promise<readonly StageHealth[]> {
    const known = flowOrder.flatMap((name) => {
      const url = this.#urls[name];
      return url === undefined ? [] : [askStage(name, url)];
    });
    return Promise.all(known);
  }
}

async function askStage(name: string, adminUrl: string): Promise<StageHealth> {
  try {
    const response = await fetch(new URL("/readyz", adminUrl), { signal: AbortSignal.timeout(answerTimeoutMs), redirect: "error" });
    if (response.status === 200) {
      await response.body?.cancel();
      return { name, state: "ready", reasons: [] };
    }
    return { name, state: "notReady", reasons: await reasonsIn(response) };
  } catch (error) {
    return { name, state: "unreachable", reasons: [whyUnreachable(adminUrl, error)] };
  }
}

async function reasonsIn(response: Response): Promise<string[]> {
  const body: unknown = await response.json().catch(() => undefined);
  const reasons = typeof body === "object" && body !== null && "reasons" in body ? body.reasons : undefined;
  if (!Array.isArray(reasons)) return [`/readyz answered ${response.status}`];
  return reasons.slice(0, reasonsMax).map((reason) => (typeof reason === "string" ? reason : JSON.stringify(reason)));
}

function whyUnreachable(url: string, error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `${url} did not answer within ${answerTimeoutMs} ms`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return `${url}: ${code ?? (cause instanceof Error ? cause.message : String(cause))}`;
}
