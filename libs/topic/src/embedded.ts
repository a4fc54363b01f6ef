export { createEmbeddedConsumer } from "./embedded-consumer.ts";
export { createEmbeddedProducer } from "./embedded-producer.ts";
