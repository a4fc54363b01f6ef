import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HttpRefusal } from "./http-refusal.ts";

export interface BodyLimits {
  /** Of one body, inflated. */
  readonly bytesMax: number;
  /** Takes bytes of the memory for all bodies. **Errors**: HttpRefusal where there is no room. */
  readonly reserve: (bytes: number) => void;
  /** Its reason is what a body that is not complete by then is refused with. */
  readonly signal: AbortSignal;
}

/**
 * The whole body, inflated.
 *
 * **Errors**: HttpRefusal: 413 over `bytesMax`, 415 for an encoding other than gzip, 400 for what is no gzip or was not sent to its end.
 * **Guarantee**: what a refused sender still sends is read and forgotten, so that it gets its answer.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip")
    throw new HttpRefusal(415, `the content-encoding ${encoding} is not known here: send gzip, or none`);
  if (Number(request.headers["content-length"] ?? 0) > limits.bytesMax) throw tooLarge(limits);
  if (encoding === "identity") return collect(request, request, limits);
  const inflated = request.pipe(createGunzip());
  try {
    return await collect(request, inflated, limits);
  } finally {
    request.unpipe(inflated);
    inflated.destroy();
    request.resume();
  }
}

function collect(request: IncomingMessage, source: Readable, limits: BodyLimits): Promise<Buffer> {
  const { bytesMax, reserve, signal } = limits;
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      source.off("data", onData);
      request.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      request.resume();
      finish();
    };
    const fail = (error: unknown) => settle(() => reject(error instanceof HttpRefusal ? error : unreadable(error)));
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      try {
        if (bytes > bytesMax) throw tooLarge(limits);
        reserve(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const onAbort = () => fail(signal.reason);
    const onClose = () => {
      if (!request.complete) fail(new Error("the connection ended"));
    };
    source.on("data", onData);
    source.once("end", () => settle(() => resolve(Buffer.concat(chunks, bytes))));
    source.once("error", fail);
    request.once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function tooLarge({ bytesMax }: BodyLimits): HttpRefusal {
  return new HttpRefusal(413, `a body is at most ${bytesMax} bytes, inflated: send fewer events at once`);
}

function unreadable(error: unknown): HttpRefusal {
  return new HttpRefusal(400, `the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}
