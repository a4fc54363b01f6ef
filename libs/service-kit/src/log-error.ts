import { stdSerializers } from "pino";

/** Further causes say nothing that an operator can use. */
const causesMax = 10;

/**
 * An error as log lines have it under `err`: pino's form, whose message holds those of the causes too. Here each of them is said once:
 * who wraps an error often repeats what it said.
 */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return Object.assign(stdSerializers.err(error), { message: wholeMessage(error) });
}

function wholeMessage(error: Error): string {
  let text = error.message;
  let { cause } = error;
  for (let count = 0; cause instanceof Error && count < causesMax; count += 1) {
    if (!text.includes(cause.message)) text += `: ${cause.message}`;
    ({ cause } = cause);
  }
  return text;
}
