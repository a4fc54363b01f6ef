import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@gatelog/pipeline";
import { BodyTap } from "./body-tap.ts";
import type { CaptureBudget } from "./capture-budget.ts";
import type { ClientAddress } from "./client-address.ts";
import { errors, type GatewayErrorCode } from "./errors.ts";
import type { Route } from "./routes.ts";

/** Why a call did not go as it should. */
export interface Failure {
  readonly code: GatewayErrorCode;
  readonly message: string;
}

/** What is known of a call when it arrives. */
export interface Arrival {
  readonly seq: number;
  readonly id: string;
  /** Wall clock, ms since the epoch. */
  readonly arrivedAtMs: number;
  /** Monotonic clock, ms. */
  readonly startedMs: number;
  /** The call as parsed; absent when it is no valid HTTP. */
  readonly request?: IncomingMessage | undefined;
  readonly response?: ServerResponse;
  readonly client: ClientAddress;
  /** Address that the call came from directly. */
  readonly peer: string;
  /** How much of each body is kept, until its route says otherwise. */
  readonly bodyBytesMax: number;
  readonly budget: CaptureBudget;
  readonly clock: Clock;
  readonly socket: Socket;
}

/** Makes the record of a call whose answer is ready to end, and calls `send` when it is on disk. */
export type Audit = (exchange: Exchange, send: () => void) => void;

/**
 * One call from its arrival to its record: plain fields that the stages on its way fill in, and no behaviour beyond keeping
 * them consistent. Nothing here knows of Fastify or of the log.
 */
export class Exchange {
  readonly seq: number;
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly startedMs: number;
  readonly clock: Clock;
  readonly socket: Socket;
  request: IncomingMessage | undefined;
  readonly client: ClientAddress;
  readonly peer: string;
  /** Method of a call that is no valid HTTP, where it could be read. */
  malformedMethod: string | undefined;
  /** Absent for an upgrade until it is routed. */
  response: ServerResponse | undefined;
  readonly requestBody: BodyTap;
  readonly responseBody: BodyTap;
  /** The request target as received, absolute form reduced to path and query. */
  target = "";
  /** Host header, or the authority of an absolute target. */
  host: string | undefined;
  requestId = "";
  route: Route | undefined;
  /** Origin of the upstream server, once chosen. */
  upstream: string | undefined;
  attempts = 0;
  upstreamStartedMs = 0;
  upstreamEndedMs = 0;
  /** When the answer's first byte was sent; 0: none was. */
  answeredMs = 0;
  endedMs = 0;
  /** Sent to the client; 0 before anything was. */
  status = 0;
  /** Names and values in turn, as sent to the client. */
  responseHeaders: readonly string[] = [];
  failure: Failure | undefined;
  isUpgrade = false;
  /** An upgrade was taken up by its upstream server. */
  isUpgraded = false;
  expectsContinue = false;
  /** Its record could not be kept, so that its answer was not sent. */
  isLost = false;
  /** Its answer was written past node:http, for it was no valid HTTP. */
  isWritten = false;
  /** Set where the answer's end waits for its record. */
  audit: Audit | undefined;
  /** Gives up the upstream call, while there is one. */
  abortUpstream: (() => void) | undefined;

  constructor(arrival: Arrival) {
    this.seq = arrival.seq;
    this.id = arrival.id;
    this.arrivedAtMs = arrival.arrivedAtMs;
    this.startedMs = arrival.startedMs;
    this.request = arrival.request;
    this.response = arrival.response;
    this.clock = arrival.clock;
    this.socket = arrival.socket;
    this.client = arrival.client;
    this.peer = arrival.peer;
    this.requestBody = new BodyTap(arrival.bodyBytesMax, arrival.budget);
    this.responseBody = new BodyTap(arrival.bodyBytesMax, arrival.budget);
  }

  /** Its record was made: when its response or its connection closed, or, audited, when its answer was ready to end. */
  get hasEnded(): boolean {
    return this.endedMs > 0;
  }

  /** Lets go of what is not needed after the record. A request whose body still comes stays: what is read now belongs to it. */
  release(): void {
    this.requestBody.shed();
    this.responseBody.shed();
    this.response = undefined;
    this.responseHeaders = [];
    if (this.request?.complete === true) this.request = undefined;
  }

  /** Notes why the call failed; the first reason stays. */
  fail(code: GatewayErrorCode, message: string = errors[code]): void {
    this.failure ??= { code, message };
  }
}
