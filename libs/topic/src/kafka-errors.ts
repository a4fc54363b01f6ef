import { DeliveryError } from "@gatelog/pipeline";

/** What the broker calls a message that it will never take, whoever sends it again. */
const permanentTypes: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"]);

/** What brokers say of what a user has to put right, in words that say what. */
const plainWords: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "the topic does not exist, or this login may not see it",
  TOPIC_AUTHORIZATION_FAILED: "this login has no right to the topic",
  GROUP_AUTHORIZATION_FAILED: "this login has no right to the consumer group",
  ILLEGAL_SASL_STATE: "the brokers expect no login at this port; take kafka.sasl out, or their port for logins",
  UNSUPPORTED_SASL_MECHANISM: "the brokers do not know this way to log in (kafka.sasl.mechanism)",
};

const unreachableNames: ReadonlySet<string> = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
  "KafkaJSTimeout",
  "KafkaJSLockTimeout",
]);

/**
 * Any error of kafkajs as a DeliveryError, judged by the type that the broker or the client gave it.
 *
 * **Errors**: permanent only for a message that the broker refuses as too large or invalid; everything else, also what is
 * unknown, is transient.
 */
export function toKafkaDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const root = rootCause(error);
  const type = protocolType(root);
  if (type !== undefined && permanentTypes.has(type)) {
    return new DeliveryError("GATELOG_TOPIC_MESSAGE_REFUSED", `Kafka refuses the message: ${describe(root)}`, {
      permanent: true,
      cause: error,
    });
  }
  const code = unreachableNames.has(root.name) ? "GATELOG_TOPIC_KAFKA_UNREACHABLE" : "GATELOG_TOPIC_KAFKA_FAILED";
  return new DeliveryError(code, `Kafka: ${describe(root)}`, { permanent: false, cause: error });
}

/** True where a broker is too old for idempotent writes, or does not let this client use them. */
export function isIdempotenceUnsupported(error: unknown): boolean {
  const root = rootCause(error);
  const type = protocolType(root);
  return root.name === "KafkaJSServerDoesNotSupportApiKey" || type === "UNSUPPORTED_VERSION" || type === "CLUSTER_AUTHORIZATION_FAILED";
}

/** True where a request failed because the broker does not know the topic. */
export function isUnknownTopic(error: unknown): boolean {
  return protocolType(rootCause(error)) === "UNKNOWN_TOPIC_OR_PARTITION";
}

/** True where the group gave this member's partitions away, so that nothing of the batch in hand can be committed any more. */
export function isMembershipLost(error: unknown): boolean {
  const type = protocolType(rootCause(error));
  return type === "UNKNOWN_MEMBER_ID" || type === "ILLEGAL_GENERATION" || type === "FENCED_INSTANCE_ID";
}

/** True where the group wants its members to join again; the current generation may still commit. */
export function isRebalancing(error: unknown): boolean {
  return protocolType(rootCause(error)) === "REBALANCE_IN_PROGRESS";
}

/** One line for a status or a log: kafkajs wraps errors several times, the innermost says what happened. */
export function describeKafkaError(error: unknown): string {
  return describe(rootCause(error));
}

function describe(error: Error): string {
  const plain = plainWords[protocolType(error) ?? ""];
  if (plain !== undefined) return plain;
  return error.message === "" ? error.name : error.message;
}

/** kafkajs wraps an error once for each layer that gave up on it, and keeps the original as `cause` or inside an aggregate. */
function rootCause(error: unknown): Error {
  let current = error instanceof Error ? error : new Error(String(error));
  for (let depth = 0; depth < 10; depth++) {
    const inner = innerError(current);
    if (inner === undefined || inner === current) break;
    current = inner;
  }
  return current;
}

function innerError(error: Error): Error | undefined {
  if ("errors" in error && Array.isArray(error.errors) && error.errors[0] instanceof Error) return error.errors[0];
  // A protocol error names its type itself; its cause, where there is one, is only the network below it.
  if (protocolType(error) !== undefined) return undefined;
  return error.cause instanceof Error ? error.cause : undefined;
}

function protocolType(error: Error): string | undefined {
  return "type" in error && typeof error.type === "string" ? error.type : undefined;
}
