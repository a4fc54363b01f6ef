import type { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { DeliveryError } from "@gatelog/pipeline";
import { tlsConnector } from "@gatelog/elasticsearch";
import { codeOf } from "@gatelog/service-kit";
import { Pool } from "undici";
import type { HttpOutputConfig } from "../config.ts";
import type { HttpAnswer } from "./http-answer.ts";
import type { OutputTls } from "./output-tls.ts";

const gzipAsync = promisify(gzip);
/** Characters of an answer that are kept as its reason. */
const textLengthMax = 300;
/** Bytes of an answer that are read, so that its connection can be used again. */
const answerBytesMax = 64 * 1024;

/** POSTs bodies to one URL, one after the other. */
export class HttpClient {
  readonly #config: HttpOutputConfig;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(config: HttpOutputConfig, tls: OutputTls | undefined) {
    const { origin, pathname, search } = new URL(config.url);
    this.#config = config;
    this.#path = pathname + search;
    this.#headers = headersOf(config);
    this.#pool = new Pool(origin, { connections: 1, ...(tls === undefined ? {} : { connect: tlsConnector(tls) }) });
  }

  /** What the server says. **Errors**: DeliveryError, transient: it does not answer, or not in time; the outcome is unknown. */
  async post(body: Buffer, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { compressionLevel, requestTimeoutMs } = this.#config;
    const sent = compressionLevel === 0 ? body : await gzipAsync(body, { level: compressionLevel });
    const giveUp = new AbortController();
    const abort = () => giveUp.abort(new Error("it was given up"));
    const late = () => giveUp.abort(new Error(`no answer within ${requestTimeoutMs} ms`));
    const timer = setTimeout(late, requestTimeoutMs);
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await this.#request(sent, giveUp.signal);
    } catch (error) {
      const message = `${this.#config.url} cannot be reached: ${reasonOf(error)}`;
      throw new DeliveryError("GATELOG_PROCESSOR_OUTPUT_HTTP_UNREACHABLE", message, { permanent: false, cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #request(body: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await this.#pool.request({ method: "POST", path: this.#path, headers: this.#headers, body, signal });
    const retryAfter = response.headers["retry-after"];
    return {
      status: response.statusCode,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      text: await beginningOf(response.body),
    };
  }
}

function headersOf({ format, headers, auth, compressionLevel }: HttpOutputConfig): Record<string, string> {
  return {
    "user-agent": "gatelog-processor",
    "content-type": format === "json" ? "application/json" : "application/x-ndjson",
    ...(compressionLevel === 0 ? {} : { "content-encoding": "gzip" }),
    ...(auth === undefined ? {} : { authorization: authorizationOf(auth) }),
    ...headers,
  };
}

function authorizationOf(auth: NonNullable<HttpOutputConfig["auth"]>): string {
  if ("bearer" in auth) return `Bearer ${auth.bearer}`;
  const { username, password } = auth.basic;
  return `Basic ${btoa(String.fromCodePoint(...new TextEncoder().encode(`${username}:${password}`)))}`;
}

/** The status counts; an answer that breaks off behind it changes nothing. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  let bytes = 0;
  let text = "";
  try {
    for await (const piece of body) {
      bytes += piece.length;
      if (text.length < textLengthMax) text += piece.toString();
      if (bytes > answerBytesMax) break;
    }
  } catch {
    // What came is enough.
  }
  return text.replaceAll(/\s+/g, " ").trim().slice(0, textLengthMax);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tells of several addresses by an aggregate without words.
  return error.message === "" ? (codeOf(error) ?? error.name) : error.message;
}
