import { Buffer } from "node:buffer";
import { certificateAuthority, type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import { type KafkaTopicConfig, saslMechanisms, type TopicMessage } from "./topic.ts";

// Real servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const authority = certificateAuthority("the brokers' authority");
const clients = certificateAuthority("the clients' authority");
const ca = authority.certificate;
const password = "geheim-密码";

let kafka: KafkaServer;
let topics = 0;
const opened: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  const security = { server: authority.issue("broker"), clientAuthority: clients.certificate, users: { alice: "secret" } };
  kafka = await startKafka({ security });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
});

afterAll(() => kafka.stop());

function topicOf(brokers: readonly string[], security: Partial<KafkaTopicConfig["kafka"]>): KafkaTopicConfig {
  return { kafka: { brokers, sessionTimeoutMs: 6_000, ...security }, name: `topic-${++topics}` };
}

const message: TopicMessage = { key: "1", value: Buffer.from("日志"), headers: { "gatelog-id": "1" } };

/** Writes a message and reads it back. */
async function carry(topic: KafkaTopicConfig): Promise<void> {
  const producer = createProducer(topic);
  const consumer = createConsumer({ ...topic, group: "group" });
  opened.push(producer, consumer);
  await producer.start();
  await producer.send([message]);
  const found: string[] = [];
  await consumer.start(async (batch) => void found.push(...batch.messages.map(({ value }) => Buffer.from(value).toString())));
  await waitFor(() => found.length > 0, { deadlineMs: 30_000, what: "the message" });
  expect(found).toEqual(["日志"]);
  expect(await consumer.lag()).toBeGreaterThanOrEqual(0);
}

/** What a producer and a consumer say of why they are not ready. */
async function reasonsOf(topic: KafkaTopicConfig): Promise<string[]> {
  const parts = [createProducer(topic), createConsumer({ ...topic, group: "group" })] as const;
  opened.push(...parts);
  await parts[0].start();
  await parts[1].start(() => Promise.resolve());
  const reasons = () => parts.map((part) => part.status().reason ?? "");
  await waitFor(() => reasons().every((reason) => reason !== "" && !reason.startsWith("connecting")), { deadlineMs: 30_000 });
  return reasons();
}

it.each(saslMechanisms)("logs in by %s, over TLS, to write and to read", async (mechanism) => {
  await carry(
    topicOf(kafka.loginBrokers, { sasl: { mechanism, username: "alice", password: "secret" }, tls: { material: () => ({ ca }) } }),
  );
});

it.each(saslMechanisms)("says that a password is wrong (%s), and shows it to nobody", async (mechanism) => {
  const sasl = { mechanism, username: "alice", password };
  for (const reason of await reasonsOf(topicOf(kafka.loginBrokers, { sasl, tls: { material: () => ({ ca }) } }))) {
    expect(reason).toMatch(/authentication failed/i);
    expect(reason).not.toContain(password);
  }
});

it("shows its certificate where the brokers want one", async () => {
  const { certificate: cert, key } = clients.issue("gatelog");
  await carry(topicOf(kafka.certificateBrokers, { tls: { material: () => ({ ca, cert, key }) } }));
});

it("says that it is not let in without a certificate", async () => {
  for (const reason of await reasonsOf(topicOf(kafka.certificateBrokers, { tls: { material: () => ({ ca }) } })))
    expect(reason).toMatch(/certificate/i);
});

it("trusts no broker that its authorities do not vouch for, or whose name is another's", async () => {
  const { certificate: cert, key } = clients.issue("gatelog");
  const stranger = topicOf(kafka.certificateBrokers, { tls: { material: () => ({ cert, key }) } });
  for (const reason of await reasonsOf(stranger)) expect(reason).toMatch(/unable to .*certificate|self.signed/i);
  const misnamed = topicOf(kafka.certificateBrokers, { tls: { material: () => ({ ca, cert, key }), serverName: "kafka.example" } });
  for (const reason of await reasonsOf(misnamed)) expect(reason).toMatch(/kafka\.example/);
  await carry(topicOf(kafka.certificateBrokers, { tls: { material: () => ({ cert, key }), verification: "none" } }));
});

it("takes new certificates for the next client, and does not start with none that can be read", async () => {
  const { certificate: cert, key } = clients.issue("gatelog");
  let trusted = clients.certificate;
  const producer = createProducer(topicOf(kafka.certificateBrokers, { tls: { material: () => ({ ca: trusted, cert, key }) } }));
  opened.push(producer);
  await producer.start();
  await waitFor(() => /certificate/.test(producer.status().reason ?? ""), { deadlineMs: 30_000 });
  trusted = ca;
  await waitFor(() => producer.status().ready, { deadlineMs: 30_000, what: "a producer that trusts the broker" });
  const unreadable = () => {
    throw new Error("client.pem cannot be used");
  };
  await expect(createProducer(topicOf(kafka.brokers, { tls: { material: unreadable } })).start()).rejects.toThrow("client.pem");
});
