import { DeliveryError } from "@gatelog/pipeline";
import type { DbSinkErrorCode } from "./errors.ts";

const code: DbSinkErrorCode = "GATELOG_DB_SINK_DEAD_LETTERS_WAIT";

/**
 * Whatever kept a message from the dead-letter topic, told apart from failures of the database. It is tried again for ever: also a message that is too large
 * for the topic is kept nowhere else.
 */
export function ofDeadLetters(error: unknown): DeliveryError {
  const reason = error instanceof Error ? error.message : String(error);
  const isRefused = error instanceof DeliveryError && error.permanent;
  const advice = isRefused ? "; raise max.message.bytes of the dead-letter topic" : "";
  return new DeliveryError(code, `the dead-letter topic does not take a message that the database refused: ${reason}${advice}`, {
    permanent: false,
    cause: error,
  });
}

/** Whether a failure is the dead-letter topic's. */
export function isOfDeadLetters(error: DeliveryError): boolean {
  return error.code === code;
}
