import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { waitFor } from "@gatelog/testkit";
import { AckDecoder } from "./ack-decoder.ts";

/** A peer in tests: writes bytes as they are given and collects what comes back. */
export interface RawPeer {
  readonly socket: Socket;
  /** Sequences of all ACKs so far. */
  readonly acks: readonly number[];
  readonly received: () => Buffer;
  readonly closed: () => boolean;
  write(...parts: readonly Uint8Array[]): void;
  /** Waits until an ACK with this sequence came. */
  acked(sequence: number): Promise<unknown>;
  gone(): Promise<unknown>;
}

export async function connectRaw(port: number): Promise<RawPeer> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  const decoder = new AckDecoder();
  const acks: number[] = [];
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    acks.push(...decoder.push(chunk));
  });
  socket.on("error", () => {});
  socket.on("close", () => (closed = true));
  return {
    socket,
    acks,
    received: () => Buffer.concat(chunks),
    closed: () => closed,
    write: (...parts) => {
      for (const part of parts) socket.write(part);
    },
    acked: (sequence) => waitFor(() => acks.includes(sequence), { what: `ACK ${sequence}`, intervalMs: 5 }),
    gone: () => waitFor(() => closed, { what: "the closed connection", intervalMs: 5 }),
  };
}

/** A frame of a version, a type and one number: window, ACK, or the head of a compressed frame. */
export function short(version: string, type: string, value: number): Buffer {
  const frame = Buffer.from(`${version}${type}0000`);
  frame.writeUInt32BE(value, 2);
  return frame;
}

export function windowFrame(count: number, version = "2"): Buffer {
  return short(version, "W", count);
}

/** A JSON frame as a sender in any language would write it. */
export function jsonFrame(sequence: number, json: string, lengthClaimed?: number): Buffer {
  const payload = Buffer.from(json);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(lengthClaimed ?? payload.length);
  return Buffer.concat([short("2", "J", sequence), length, payload]);
}

/** A version 1 data frame. */
export function dataFrame(sequence: number, fields: Record<string, string>, pairsClaimed?: number): Buffer {
  const entries = Object.entries(fields);
  const parts = [short("1", "D", sequence), number32(pairsClaimed ?? entries.length)];
  for (const text of entries.flat()) parts.push(number32(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

export function compressedFrame(payload: Uint8Array, lengthClaimed?: number): Buffer {
  return Buffer.concat([short("2", "C", lengthClaimed ?? payload.length), payload]);
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
