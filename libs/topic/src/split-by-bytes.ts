import type { TopicMessage } from "./topic.ts";

/** What the Kafka record format adds to key, value and headers: varints, timestamps, attributes. Rounded up. */
const recordOverheadBytes = 64;

/** Bytes of a message in an uncompressed record batch, at most. */
export function messageBytes(message: TopicMessage): number {
  let bytes = recordOverheadBytes + message.value.length + Buffer.byteLength(message.key);
  for (const name in message.headers) bytes += 8 + name.length + Buffer.byteLength(message.headers[name] ?? "");
  return bytes;
}

/** The messages in runs of at most `bytesMax` bytes, in order; a message that is larger alone is a run of its own. */
export function splitByBytes(messages: readonly TopicMessage[], bytesMax: number): TopicMessage[][] {
  const runs: TopicMessage[][] = [];
  let run: TopicMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message);
    if (run.length > 0 && bytes + size > bytesMax) {
      runs.push(run);
      run = [];
      bytes = 0;
    }
    run.push(message);
    bytes += size;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
