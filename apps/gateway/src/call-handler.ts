import type { Exchange } from "./exchange.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { refuse } from "./refuse.ts";
import { isForwardable, pathOf } from "./request-line.ts";
import type { Pressure } from "./log-writer.ts";
import type { Route, RouteTable } from "./routes.ts";

/** What decides over a call. */
export interface CallHandlerOptions extends ForwardOptions {
  readonly inFlightMax: number;
  readonly inFlight: () => number;
  readonly pressure: () => Pressure;
  /** Called with the route of each call before anything of its body is read. */
  readonly onRoute: (exchange: Exchange, route: Route) => void;
}

/** Beyond so many times `inFlightMax` a refusal would have to wait as well, for the disk: the connection is closed. */
const disconnectShare = 2;

/** Decides where a call goes, or why it goes nowhere. */
export class CallHandler {
  readonly #options: CallHandlerOptions;
  /** The routes in force; replaced whole by a reload. */
  table: RouteTable;
  /** True while the gateway stops: connections close after their answer. */
  isClosing = false;

  constructor(table: RouteTable, options: CallHandlerOptions) {
    this.table = table;
    this.#options = options;
  }

  /** Forwards or refuses a call. */
  handle(exchange: Exchange): void {
    try {
      const route = this.admit(exchange);
      if (route !== undefined) forward(exchange, route, this.#options);
    } catch (error) {
      refuse(exchange, "GATELOG_GATEWAY_INTERNAL", String(error));
    }
  }

  /** The route of a call; undefined when it was refused. */
  admit(exchange: Exchange): Route | undefined {
    const { response, request } = exchange;
    if (this.isClosing && response !== undefined) response.shouldKeepAlive = false;
    const path = pathOf(exchange.target);
    const route = this.table.find(path);
    exchange.route = route;
    if (route !== undefined) this.#options.onRoute(exchange, route);
    // HTTP/1.1 demands a Host header; without one the record could not say what was called.
    if ((exchange.host === undefined && request?.httpVersion === "1.1") || !isForwardable(path))
      return this.#refuse(exchange, "MALFORMED_REQUEST");
    if (this.#isRefusing()) return this.#refuse(exchange, "LOG_UNAVAILABLE");
    const inFlight = this.#options.inFlight();
    if (inFlight > disconnectShare * this.#options.inFlightMax) return this.#disconnect(exchange);
    if (inFlight > this.#options.inFlightMax) return this.#refuse(exchange, "OVERLOADED");
    return route ?? this.#refuse(exchange, "NO_ROUTE");
  }

  #disconnect(exchange: Exchange): undefined {
    exchange.fail("GATELOG_GATEWAY_OVERLOADED");
    exchange.audit = undefined;
    exchange.socket.resetAndDestroy();
  }

  #isRefusing(): boolean {
    const pressure = this.#options.pressure();
    return pressure === "refuse" || pressure === "full";
  }

  #refuse(exchange: Exchange, code: "MALFORMED_REQUEST" | "LOG_UNAVAILABLE" | "OVERLOADED" | "NO_ROUTE"): undefined {
    refuse(exchange, `GATELOG_GATEWAY_${code}`);
  }
}
