import type { Buffer } from "node:buffer";
import { textBytes, writeTextBytes } from "./text-bytes.ts";
import type { TopicMessage } from "./topic.ts";

/*
 * A record within a batch of version 2, which brokers have from 0.11 on:
 *
 *   record  = length attributes timestampDelta offsetDelta key value headers
 *   key     = length bytes            value = length bytes
 *   headers = count (length name length value)*
 *
 * All numbers are zigzag varints; attributes and the time's difference are 0 here.
 */

/** Writes records, the first with the offset 0; returns where they end. */
export function writeRecords(bytes: Buffer, from: number, group: readonly TopicMessage[]): number {
  let at = from;
  let index = 0;
  for (const message of group) at = writeRecord(bytes, at, index++, message);
  return at;
}

/** Writes the record with that offset in its batch; returns where it ends. */
export function writeRecord(bytes: Buffer, from: number, index: number, { key, value, headers }: TopicMessage): number {
  let count = 0;
  let length = 2 + numberBytes(index) + sizedTextBytes(key) + numberBytes(value.length) + value.length;
  for (const name in headers) {
    length += sizedTextBytes(name) + sizedTextBytes(headers[name] as string);
    count += 1;
  }
  let at = writeNumber(bytes, from, length + numberBytes(count));
  // Attributes, and the difference to the batch's time.
  bytes[at++] = 0;
  bytes[at++] = 0;
  at = writeText(bytes, writeNumber(bytes, at, index), key);
  at = writeNumber(bytes, at, value.length);
  bytes.set(value, at);
  at = writeNumber(bytes, at + value.length, count);
  for (const name in headers) at = writeText(bytes, writeText(bytes, at, name), headers[name] as string);
  return at;
}

/** Bytes of a number that is not negative, as a zigzag varint. */
export function numberBytes(value: number): number {
  let size = 1;
  for (let left = Math.floor(value / 64); left > 0; left = Math.floor(left / 128)) size += 1;
  return size;
}

function sizedTextBytes(text: string): number {
  const length = textBytes(text);
  return numberBytes(length) + length;
}

/** Writes a number that is not negative as a zigzag varint; returns where it ends. */
export function writeNumber(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let left = value * 2;
  while (left > 0x7f) {
    bytes[at++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  bytes[at++] = left;
  return at;
}

/** Writes a text with its length before it; returns where it ends. */
export function writeText(bytes: Buffer, from: number, text: string): number {
  const length = textBytes(text);
  return writeTextBytes(bytes, writeNumber(bytes, from, length), text, length);
}
