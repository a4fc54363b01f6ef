import { type ConsumedMessage, createConsumer, type TopicConfig } from "@gatelog/topic";

/** A message with its value as text. */
export interface ReadMessage extends Omit<ConsumedMessage, "value"> {
  readonly text: string;
}

/** What a consumer of the group `test` gets, from the beginning on. */
export async function collect(topic: TopicConfig): Promise<{ readonly messages: ReadMessage[]; readonly stop: () => Promise<void> }> {
  const messages: ReadMessage[] = [];
  const consumer = createConsumer({ ...topic, group: "test" }, {});
  await consumer.start(async (batch) => {
    for (const { value, ...message } of batch.messages) messages.push({ ...message, text: Buffer.from(value).toString() });
  });
  return { messages, stop: () => consumer.stop() };
}

/** A record of a gateway, as a line. */
export function recordLine(id: string, requestTime: string, more: Readonly<Record<string, unknown>> = {}): string {
  const times = { requestTime, responseTime: requestTime };
  return JSON.stringify({
    v: 1,
    id,
    ...times,
    status: 200,
    url: "http://h:9000/a",
    method: "GET",
    gateway: "gw",
    boot: "b",
    seq: 1,
    ...more,
  });
}

/** A mark of a gateway, as a line. */
export const markLine = JSON.stringify({ v: 1, type: "mark", gateway: "gw", boot: "b", seq: 2, inFlight: [], closing: false });
