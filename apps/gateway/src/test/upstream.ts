import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A service for tests, on a free port of 127.0.0.1. */
export interface Upstream {
  readonly origin: string;
  readonly port: number;
  readonly server: Server;
  /** Requests seen so far. */
  readonly requests: readonly IncomingMessage[];
  stop(): Promise<void>;
}

export async function startUpstream(listener: RequestListener): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    server,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** All of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Answers with what it got, in the same type. */
export const echo: RequestListener = (request, response) => {
  const answer = (body: Buffer) => {
    response.writeHead(200, { "content-type": request.headers["content-type"] ?? "text/plain", "x-method": request.method ?? "" });
    response.end(body);
  };
  // A body that breaks off has nobody to answer.
  bodyOf(request).then(answer, () => response.destroy());
};
