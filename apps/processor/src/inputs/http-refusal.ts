/** Why a request is answered with something else than 200; its message is for the sender. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** A refusal that is over soon: the sender is to send the same again. */
export function tryAgain(status: 429 | 503, message: string): HttpRefusal {
  return new HttpRefusal(status, message, { "retry-after": String(retryAfterSeconds[status]) });
}

/** Requests leave within moments; a buffer that is full needs an output first. */
const retryAfterSeconds = { 429: 1, 503: 5 } as const;
