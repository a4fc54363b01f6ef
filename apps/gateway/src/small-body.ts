import type { IncomingMessage } from "node:http";
import type { Exchange } from "./exchange.ts";
import { refuse } from "./refuse.ts";

/**
 * Takes a body of a known, small length whole and hands it to `forward`. Where the client breaks off before, it is not called: the end of
 * the connection ends the exchange.
 */
export function takeSmallBody(exchange: Exchange, request: IncomingMessage, bytes: number, forward: (body: Buffer) => void): void {
  let body: Buffer | undefined;
  let taken = 0;
  request.on("data", (chunk: Buffer) => {
    exchange.requestBody.add(chunk);
    // Nearly always the only one.
    if (body === undefined && chunk.length === bytes) body = chunk;
    else {
      body ??= Buffer.allocUnsafe(bytes);
      chunk.copy(body, taken);
    }
    taken += chunk.length;
  });
  request.on("end", () => {
    // Refused meanwhile, e.g. because it took too long.
    if (exchange.hasEnded || exchange.response?.headersSent === true) return;
    try {
      forward(body ?? Buffer.alloc(0));
    } catch (error) {
      refuse(exchange, "GATELOG_GATEWAY_INTERNAL", String(error));
    }
  });
}
