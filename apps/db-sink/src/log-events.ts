import type { DatabaseEvent } from "@gatelog/database";
import type { DeliveryError, RejectedItem } from "@gatelog/pipeline";
import type { Logger } from "@gatelog/service-kit";
import type { TopicEvent } from "@gatelog/topic";
import { isOfDeadLetters } from "./dead-letters-error.ts";
import type { DbSinkErrorCode } from "./errors.ts";
import { retryReasonOf } from "./flow/retry-reason.ts";
import type { Metrics } from "./metrics.ts";
import type { SinkItem } from "./read-message.ts";

/** What any part of db-sink may say. */
export type PartEvent = DatabaseEvent | TopicEvent | (Omit<TopicEvent, "code"> & { readonly code: DbSinkErrorCode });

/** Writes events of libraries into the log. */
export function logEvent(logger: Logger): (event: PartEvent) => void {
  return ({ code, level, message, error }) => logger[level](error === undefined ? { code } : { code, err: error }, message);
}

/** Tells of changed certificates. */
export function logTls(logger: Logger) {
  return {
    onReload: () =>
      logger.info({ code: "GATELOG_DB_SINK_TLS_RELOADED" satisfies DbSinkErrorCode }, "changed certificates are used from now on"),
    onUnusable: (error: unknown) =>
      logger.error(
        { code: "GATELOG_DB_SINK_TLS_UNUSABLE" satisfies DbSinkErrorCode, err: error },
        "changed certificates cannot be used, the old ones stay",
      ),
  };
}

/** Tells when the database becomes ready or not. */
export function logReadiness(logger: Logger): (reason: string | undefined) => void {
  return (reason) => {
    if (reason === undefined) logger.info("the database is ready");
    else logger.warn({ code: "GATELOG_DB_SINK_NOT_PREPARED" satisfies DbSinkErrorCode, reason }, "the database is not ready");
  };
}

/** Counts and tells what the delivery meets. A row of equal failures is told once. */
export function logHandler(logger: Logger, metrics: Metrics) {
  let lastFailure: string | undefined;
  return {
    onRead: (messages: number) => {
      metrics.messagesRead.inc(messages);
      lastFailure = undefined;
    },
    onRetry: (error: DeliveryError, delayMs: number) => {
      metrics.retries.inc({ reason: isOfDeadLetters(error) ? "dead_letters" : retryReasonOf(error) });
      if (error.message === lastFailure) return;
      lastFailure = error.message;
      const code = retryCodeOf(error);
      logger.warn({ code, cause: error.code, delayMs: Math.round(delayMs) }, error.message);
    },
    onDeadLetter: ({ item, error }: RejectedItem<SinkItem>) => {
      metrics.deadLetters.inc();
      const { message, place, identity } = item;
      const code: DbSinkErrorCode = "GATELOG_DB_SINK_DEAD_LETTER";
      logger.error(
        { code, id: identity.id, topic: place.topic, partition: place.partition, offset: message.offset, reason: error.message },
        "a message went to the dead letters",
      );
    },
  };
}

function retryCodeOf(error: DeliveryError): DbSinkErrorCode {
  if (isOfDeadLetters(error)) return "GATELOG_DB_SINK_DEAD_LETTERS_WAIT";
  return error.permanent ? "GATELOG_DB_SINK_PAUSED" : "GATELOG_DB_SINK_RETRYING";
}
