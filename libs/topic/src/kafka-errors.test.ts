import { DeliveryError } from "@gatelog/pipeline";
import kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";
import { describeKafkaError, isIdempotenceUnsupported, isMembershipLost, isRebalancing, toKafkaDeliveryError } from "./kafka-errors.ts";

function protocolError(type: string, retriable: boolean): Error {
  return Object.assign(new kafkajs.KafkaJSProtocolError(`the broker says ${type}`), { type, retriable });
}

/** kafkajs wraps an error once for each layer that gave up on it. */
function wrapped(error: Error): Error {
  const inner = Object.assign(new kafkajs.KafkaJSNonRetriableError(error.message), { cause: error });
  return Object.assign(new kafkajs.KafkaJSNonRetriableError(inner.message), { cause: inner });
}

describe("the classification of Kafka's errors", () => {
  it.each(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"])("takes %s as permanent, however deep it is wrapped", (type) => {
    const error = toKafkaDeliveryError(wrapped(protocolError(type, false)));
    expect(error).toMatchObject({ code: "GATELOG_TOPIC_MESSAGE_REFUSED", permanent: true });
  });

  it.each(["TOPIC_AUTHORIZATION_FAILED", "NOT_ENOUGH_REPLICAS", "SASL_AUTHENTICATION_FAILED", "UNKNOWN"])(
    "takes %s as transient, retriable for kafkajs or not",
    (type) => {
      expect(toKafkaDeliveryError(protocolError(type, false)).permanent).toBe(false);
      expect(toKafkaDeliveryError(wrapped(protocolError(type, true))).permanent).toBe(false);
    },
  );

  it("takes an error that it has never seen as transient", () => {
    for (const thrown of [new Error("odd"), new TypeError("odder"), "a string", undefined]) {
      expect(toKafkaDeliveryError(thrown)).toMatchObject({ code: "GATELOG_TOPIC_KAFKA_FAILED", permanent: false });
    }
  });

  it("calls a broker that cannot be reached unreachable", () => {
    const error = new kafkajs.KafkaJSConnectionError("connect ECONNREFUSED 127.0.0.1:9092");
    expect(toKafkaDeliveryError(wrapped(error))).toMatchObject({ code: "GATELOG_TOPIC_KAFKA_UNREACHABLE", permanent: false });
    expect(describeKafkaError(wrapped(error))).toBe("connect ECONNREFUSED 127.0.0.1:9092");
  });

  it("says in plain words what a user has to put right", () => {
    expect(describeKafkaError(wrapped(protocolError("UNKNOWN_TOPIC_OR_PARTITION", true)))).toBe(
      "the topic does not exist, or this login may not see it",
    );
    expect(toKafkaDeliveryError(protocolError("ILLEGAL_SASL_STATE", false)).message).toMatch(/^Kafka: the brokers expect no login/);
  });

  it("leaves a delivery error as it is", () => {
    const error = new DeliveryError("GATELOG_TOPIC_TIMEOUT", "too long", { permanent: false });
    expect(toKafkaDeliveryError(error)).toBe(error);
  });

  it("tells brokers without idempotent writes, lost memberships and rebalances apart from other failures", () => {
    const tooOld = new kafkajs.KafkaJSServerDoesNotSupportApiKey("no InitProducerId", { apiKey: 22, apiName: "InitProducerId" });
    expect(isIdempotenceUnsupported(wrapped(tooOld))).toBe(true);
    expect(isIdempotenceUnsupported(protocolError("NOT_CONTROLLER", true))).toBe(false);
    expect(isMembershipLost(protocolError("ILLEGAL_GENERATION", false))).toBe(true);
    expect(isMembershipLost(protocolError("REBALANCE_IN_PROGRESS", false))).toBe(false);
    expect(isRebalancing(wrapped(protocolError("REBALANCE_IN_PROGRESS", false)))).toBe(true);
  });
});
