/** What the gateway has to know of a header by its name. */
export interface HeaderName {
  /** In lower case. */
  readonly lower: string;
  /** Not handed on to the service: of one connection only (RFC 9110 §7.6.1), or set by the gateway itself. */
  readonly staysAtRequest: boolean;
  /** Not handed on to the client. */
  readonly staysAtAnswer: boolean;
  readonly isConnection: boolean;
}

const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
];
const notToService: ReadonlySet<string> = new Set([
  ...hopByHop,
  "host",
  "expect",
  "x-request-id",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
]);
const notToClient: ReadonlySet<string> = new Set([...hopByHop, "x-request-id"]);

/** Names are looked up once; bounded, for clients invent them. */
const knownMax = 1024;
const knownCharsMax = 64;
const known = new Map<string, HeaderName>();

/** A header's name as it was received. */
export function headerName(name: string): HeaderName {
  return known.get(name) ?? remember(name);
}

function remember(name: string): HeaderName {
  const lower = name.toLowerCase();
  const answer = {
    lower,
    staysAtRequest: notToService.has(lower),
    staysAtAnswer: notToClient.has(lower),
    isConnection: lower === "connection",
  };
  if (known.size < knownMax && name.length <= knownCharsMax) known.set(name, answer);
  return answer;
}
