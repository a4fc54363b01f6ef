import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { systemClock } from "@gatelog/pipeline";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureBudget } from "./capture-budget.ts";
import { Exchange } from "./exchange.ts";
import { takeSmallBody } from "./small-body.ts";

const client = { clientIp: "", scheme: "http", host: undefined, behindProxy: false } as const;

/** A body of so many bytes that is about to come, and what was handed on of it. */
function coming(bytes: number, onForward: () => void = () => undefined) {
  const request = new EventEmitter();
  const arrival = { seq: 1, id: "i", arrivedAtMs: 0, startedMs: 0, clock: systemClock, socket: {} as never };
  const exchange = new Exchange({ ...arrival, client, peer: "", bodyBytesMax: 1000, budget: new CaptureBudget(100_000) });
  const forwarded: Buffer[] = [];
  takeSmallBody(exchange, request as IncomingMessage, bytes, (body) => {
    forwarded.push(body);
    onForward();
  });
  return { request, exchange, forwarded };
}

describe("a small body", () => {
  test("is handed on once and whole, however it was cut, and tapped", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 6 }), (parts) => {
        const whole = Buffer.concat(parts);
        const { request, exchange, forwarded } = coming(whole.length);
        for (const part of parts) request.emit("data", Buffer.from(part));
        expect(forwarded).toEqual([]);
        request.emit("end");
        expect(forwarded).toEqual([whole]);
        expect([exchange.requestBody.bytes, exchange.requestBody.kept()]).toEqual([whole.length, whole]);
      }),
    );
  });

  test("that came in one packet is handed on without a copy", () => {
    const { request, forwarded } = coming(3);
    const packet = Buffer.from("abc");
    request.emit("data", packet);
    request.emit("end");
    expect(forwarded[0]).toBe(packet);
  });

  test("is not handed on where its client breaks off, or its call was answered meanwhile", () => {
    const broken = coming(3);
    broken.request.emit("data", Buffer.from("ab"));
    broken.request.emit("close");
    const answered = coming(3);
    answered.exchange.endedMs = 1;
    answered.request.emit("data", Buffer.from("abc"));
    answered.request.emit("end");
    expect([broken.forwarded, answered.forwarded]).toEqual([[], []]);
  });

  test("that cannot be handed on is the call's failure, and thrown at nobody", () => {
    const { request, exchange } = coming(1, () => {
      throw new TypeError("no");
    });
    request.emit("data", Buffer.from("a"));
    request.emit("end");
    expect(exchange.failure).toEqual({ code: "GATELOG_GATEWAY_INTERNAL", message: "TypeError: no" });
  });
});
