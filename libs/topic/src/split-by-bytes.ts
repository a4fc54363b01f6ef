import { textBytes } from "./text-bytes.ts";
import type { TopicMessage } from "./topic.ts";

/** What the Kafka record format adds to key, value and headers: varints, timestamps, attributes. Rounded up. */
const recordOverheadBytes = 64;

/** Bytes of a message in an uncompressed record batch, at most. */
export function messageBytes(message: TopicMessage): number {
  let bytes = recordOverheadBytes + message.value.length + textBytes(message.key);
  for (const name in message.headers) bytes += 8 + textBytes(name) + textBytes(message.headers[name] ?? "");
  return bytes;
}

/** Messages that are sent together, and their bytes at most. */
export interface MessageRun {
  readonly messages: readonly TopicMessage[];
  readonly bytes: number;
}

/** The messages in runs of at most `bytesMax` bytes, in order; a message that is larger alone is a run of its own. */
export function splitByBytes(messages: readonly TopicMessage[], bytesMax: number): MessageRun[] {
  const runs: MessageRun[] = [];
  let from = 0;
  let bytes = 0;
  for (const [index, message] of messages.entries()) {
    const size = messageBytes(message);
    if (index > from && bytes + size > bytesMax) {
      runs.push({ messages: messages.slice(from, index), bytes });
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < messages.length) runs.push({ messages: messages.slice(from), bytes });
  return runs;
}
