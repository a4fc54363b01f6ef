import type { ServerResponse } from "node:http";
import { EndOfTurn } from "./end-of-turn.ts";
import type { Exchange } from "./exchange.ts";
import { headerValue } from "./headers.ts";

/** A last part up to this size leaves in one write with what stands before it. */
const joinedBytesMax = 16_384;

/**
 * Ends an answer with its last bytes, or without a body; in audit mode when its record is on disk.
 *
 * **Guarantee**: of an audited answer the client has no last byte (no headers, where there is no body; no end, where there is no length)
 * before its record is fsynced.
 */
export function endAnswer(exchange: Exchange, response: ServerResponse, last?: Buffer): void {
  if (exchange.audit === undefined) answers.add({ response, last });
  else exchange.audit(exchange, () => end(response, last));
}

/** Ends an answer that is not whole so that the client can tell, also where only the connection's end would say that it is. */
export function breakOff(exchange: Exchange, response: ServerResponse): void {
  if (endsWithConnection(exchange)) exchange.socket.resetAndDestroy();
  else response.destroy();
}

/** True while the orderly end of the connection would tell the client that an answer is whole that is not. */
export function endsWithConnection({ response, responseHeaders }: Exchange): boolean {
  if (response === undefined || !response.headersSent || response.writableEnded || response.chunkedEncoding) return false;
  return headerValue(responseHeaders, "content-length") === undefined;
}

interface Answer {
  readonly response: ServerResponse;
  readonly last: Buffer | undefined;
}

const answers = new EndOfTurn<Answer>(({ response, last }) => end(response, last));

function end(response: ServerResponse, last: Buffer | undefined): void {
  if (response.destroyed) return;
  if (last === undefined) response.end();
  // As text, so that node:http joins it with the headers.
  else if (last.length <= joinedBytesMax) response.end(last.toString("latin1"), "latin1");
  else response.end(last);
}
