import { AdminRefusal, type AdminServer, type PartReadiness } from "@gatelog/service-kit";
import type { OutputLeft } from "../delivery.ts";
import type { Reports } from "../reports.ts";

/** How far a drain of a running processor is. */
export interface DrainStatus {
  /** `no`: nobody asked for one; `closing`: the inputs take nothing more, and what is on its way to the disk is waited for; `drained`: nothing is left. */
  readonly state: "no" | "closing" | "draining" | "drained";
  readonly left: readonly OutputLeft[];
}

export interface DrainOptions {
  readonly isStarted: () => boolean;
  readonly stopInputs: () => Promise<void>;
  readonly left: () => readonly OutputLeft[];
  readonly reports: Reports;
}

/**
 * Takes a running processor out of service: its inputs close, its outputs go on until nothing is left. It runs on, so that nobody who watches over it
 * starts it again, and is not ready; stopping it is the operator's.
 */
export class Drain {
  readonly #options: DrainOptions;
  #isBegun = false;
  #areInputsClosed = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Asked again, it goes on. **Errors**: AdminRefusal 409 while the processor starts. */
  begin(): void {
    if (this.#isBegun) return;
    if (!this.#options.isStarted()) throw new AdminRefusal(409, "the processor still starts: ask again when it has");
    this.#isBegun = true;
    const { stopInputs, reports } = this.#options;
    const say = (message: string) => reports.say({ code: "GATELOG_PROCESSOR_DRAINING", level: "info", message }, {});
    say("a drain was asked for: the inputs close");
    stopInputs().then(
      () => {
        this.#areInputsClosed = true;
        say("the inputs are closed; the outputs write what is left");
      },
      (error: unknown) =>
        reports.say({ code: "GATELOG_PROCESSOR_DRAINING", level: "error", message: "an input cannot be closed", error }, {}),
    );
  }

  status(): DrainStatus {
    const left = this.#options.left();
    if (!this.#isBegun) return { state: "no", left };
    if (!this.#areInputsClosed) return { state: "closing", left };
    return { state: left.every(({ events }) => events === 0) ? "drained" : "draining", left };
  }

  /** A load balancer is not to send anything here any more. */
  parts(): readonly PartReadiness[] {
    if (!this.#isBegun) return [];
    const isDrained = this.status().state === "drained";
    const reason = isDrained
      ? "it is drained: nothing is left to write, and it can be stopped"
      : "it is being drained: the inputs are closed";
    return [{ name: "drain", ready: false, reason }];
  }
}

/** `POST /drain` begins, `GET /drain` tells how far it is; both answer a DrainStatus. */
export function addDrainRoutes(admin: AdminServer, drain: Drain): void {
  admin.get("/drain", () => ({ body: drain.status() }));
  admin.post("/drain", () => {
    drain.begin();
    return { status: 202, body: drain.status() };
  });
}
