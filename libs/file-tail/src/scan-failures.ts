import { messageOf } from "./errors.ts";
import type { ScanResult } from "./scan.ts";
import type { OnFileTailEvent } from "./types.ts";

/** Tells what a scan could not look at, once until it changes. */
export class ScanFailures {
  readonly #onEvent: OnFileTailEvent | undefined;
  readonly #byInput = new Map<string, string>();

  constructor(onEvent: OnFileTailEvent | undefined) {
    this.#onEvent = onEvent;
  }

  /** Why the last scans could not look at everything; undefined when they could. */
  get problem(): string | undefined {
    const [first] = this.#byInput.values();
    return first;
  }

  note(input: string, { failure }: ScanResult): void {
    if (failure === undefined) {
      if (this.#byInput.delete(input)) this.#onEvent?.({ type: "scanRecovered", input });
      return;
    }
    const { path, error } = failure;
    const problem = `${path}: ${messageOf(error)}`;
    if (this.#byInput.get(input) === problem) return;
    this.#byInput.set(input, problem);
    this.#onEvent?.({ type: "scanFailed", input, path, error });
  }
}
