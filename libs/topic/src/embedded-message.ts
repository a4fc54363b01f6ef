import type { TopicMessage } from "./topic.ts";

/*
 * A message as a record of the segment log:
 *
 *   message := version u8 | keyBytes u32 | key | headerCount u16 | header* | value                  (little-endian, UTF-8)
 *   header  := nameBytes u16 | name | valueBytes u32 | value
 *
 *   version   1
 *   value     what is left
 */
const version = 1;

/** Headers of one message at most. */
export const headersMax = 0xffff;

/** Bytes of one header's name at most. */
export const headerNameBytesMax = 0xffff;

/** **Errors**: RangeError when there are more headers, or a longer header name, than the format has room for. */
export function encodeMessage(message: TopicMessage): Buffer {
  const headers = Object.entries(message.headers);
  if (headers.length > headersMax) throw new RangeError(`a message has ${headers.length} headers, at most ${headersMax} are possible`);
  const into = Buffer.allocUnsafe(messageBytes(message, headers));
  let at = into.writeUInt8(version, 0) + 4;
  into.writeUInt32LE(utf8(message.key), at - 4);
  at += into.write(message.key, at);
  at = into.writeUInt16LE(headers.length, at);
  for (const [name, value] of headers) {
    const nameBytes = into.write(name, at + 2);
    if (nameBytes > headerNameBytesMax)
      throw new RangeError(`a header's name has ${nameBytes} bytes, at most ${headerNameBytesMax} are possible`);
    into.writeUInt16LE(nameBytes, at);
    at += 2 + nameBytes;
    const valueBytes = into.write(value, at + 4);
    into.writeUInt32LE(valueBytes, at);
    at += 4 + valueBytes;
  }
  into.set(message.value, at);
  return into;
}

/** The message, its value a part of `record`; undefined when the bytes are no message of this version. */
export function decodeMessage(record: Buffer): TopicMessage | undefined {
  try {
    return record.readUInt8(0) === version ? decodeVersion1(record) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function decodeVersion1(record: Buffer): TopicMessage | undefined {
  let at = 1;
  const text = (bytes: number) => {
    if (at + bytes > record.length) throw new RangeError("the message is shorter than it says");
    at += bytes;
    return record.toString("utf8", at - bytes, at);
  };
  const uint = (bytes: number) => {
    at += bytes;
    return record.readUIntLE(at - bytes, bytes);
  };
  const key = text(uint(4));
  const headers: [string, string][] = [];
  for (let left = uint(2); left > 0; left -= 1) headers.push([text(uint(2)), text(uint(4))]);
  return { key, headers: Object.fromEntries(headers), value: record.subarray(at) };
}

function messageBytes(message: TopicMessage, headers: readonly [string, string][]): number {
  const headerBytes = headers.reduce((bytes, [name, value]) => bytes + 6 + utf8(name) + utf8(value), 0);
  return 1 + 4 + utf8(message.key) + 2 + headerBytes + message.value.length;
}

function utf8(text: string): number {
  return Buffer.byteLength(text);
}
