import type { Masker } from "@gatelog/masking";
import { Redactions } from "@gatelog/masking";
import type { BodyText } from "./body-text.ts";
import type { Exchange } from "./exchange.ts";
import { headerValue } from "./headers.ts";
import type { CallerView } from "./meaning/caller.ts";
import type { CallView } from "./meaning/call-view.ts";
import { queryOf, readable } from "./request-line.ts";

/** What was read of a call for its record. */
export interface ReadCall {
  readonly isFailed: boolean;
  readonly request: BodyText;
  readonly response: BodyText;
  /** Masked. */
  readonly query: string | undefined;
  readonly masker: Masker;
}

/** What rules see of a call: as masked as the record. */
export function callView(exchange: Exchange, call: ReadCall): CallView {
  return {
    isFailed: call.isFailed,
    requestBody: textOf(call.request),
    requestBodyIsCut: call.request.truncated === true,
    responseBody: textOf(call.response),
    responseBodyIsCut: call.response.truncated === true,
    query: call.query,
    requestHeader: (name) => masked(name, valueOf(exchange.request?.headers[name]), call.masker),
    responseHeader: (name) => masked(name, headerValue(exchange.responseHeaders, name), call.masker),
  };
}

/** What tells who made a call: not masked, for a masked key names nobody. */
export function callerView({ request, target, client }: Exchange): CallerView {
  return {
    header: (name) => readableOf(valueOf(request?.headers[name])),
    query: queryOf(target),
    isBehindTrustedProxy: client.behindProxy,
  };
}

/** Undefined where the body is not text or was not kept. */
function textOf(body: BodyText): string | undefined {
  return body.encoding === undefined ? (body.content ?? "") : undefined;
}

function masked(name: string, value: string | undefined, masker: Masker): string | undefined {
  // The record names what was masked where it shows the header itself.
  return value === undefined ? undefined : masker.header(name, readable(value), new Redactions(), name);
}

function valueOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function readableOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : readable(value);
}
