import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Longer than the 1,000 bytes that the original keeps of a chunk; characters of three bytes. */
export const longAnswer = "日".repeat(500);
/** Several of nginx's buffers, and within what ours keeps of a body. */
export const largeAnswer = "志".repeat(20_000);
/** As a service answers that quotes its user. */
export const quotedAnswer = '{"name":"张三","note":"a\\"b\\\\c","tab":"\\t"}\n';

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/springboot-demo/quoted": (response) => response.writeHead(200, { "content-type": "application/json" }).end(quotedAnswer),
  "/springboot-demo/long": (response) => response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(longAnswer),
  "/springboot-demo/large": (response) => response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(largeAnswer),
  "/springboot-demo/missing": (response) => response.writeHead(404, { "content-type": "application/json" }).end('{"code":"E404"}'),
  "/springboot-demo/empty": (response) => response.writeHead(204).end(),
};

/** The article's service: `Hello!Spring boot!` for every call but those that a comparison needs. */
export async function startArticleService(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const answer = answers[path] ?? (() => response.writeHead(200, { "content-type": "text/plain" }).end("Hello!Spring boot!"));
    request.resume().on("end", () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
