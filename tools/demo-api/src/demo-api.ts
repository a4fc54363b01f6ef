import { randomBytes } from "node:crypto";
import { METHODS } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import fastify, { type FastifyInstance } from "fastify";
import { Orders, type OrderInput } from "./orders.ts";

/** Calls answer both below the article's prefix and below the root, so that several projects can be routed. */
export const prefixes = ["/springboot-demo", ""] as const;

const slowMsDefault = 800;
const slowMsMax = 30_000;
const largeBytesDefault = 262_144;
const largeBytesMax = 16_777_216;
const bodyBytesMax = 33_554_432;

const methods = METHODS.filter((method) => method !== "CONNECT");

/**
 * A small service to put behind the gateway: the article's hello, orders, a login with secrets, and calls that are slow,
 * large or wrong.
 */
export function createDemoApi(): FastifyInstance {
  const app = fastify({ bodyLimit: bodyBytesMax, exposeHeadRoutes: false, forceCloseConnections: "idle" });
  const known = new Set(app.supportedMethods);
  for (const method of methods) if (!known.has(method)) app.addHttpMethod(method, { hasBody: true });
  app.removeAllContentTypeParsers();
  // Any body is taken: the article itself sends plain text as application/json.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, readBody(String(body))));
  const orders = new Orders();
  for (const prefix of prefixes) {
    app.route({ method: methods, url: `${prefix}/hello`, handler: () => "Hello!Spring boot!" });
    addOrders(app, prefix, orders);
    addLogin(app, prefix);
    addTrouble(app, prefix);
  }
  return app;
}

function addOrders(app: FastifyInstance, prefix: string, orders: Orders): void {
  const one = `${prefix}/orders/:id`;
  const missing = { code: "E404", message: "没有这个订单" };
  app.get(`${prefix}/orders`, () => ({ code: "0", data: orders.list().slice(0, 20) }));
  app.post<{ Body: OrderInput | undefined }>(`${prefix}/orders`, (request, reply) =>
    reply.code(201).send({ code: "0", data: orders.create(inputOf(request.body)) }),
  );
  app.get<{ Params: { id: string } }>(one, (request, reply) => {
    const order = orders.get(request.params.id);
    return order === undefined ? reply.code(404).send(missing) : { code: "0", data: order };
  });
  app.put<{ Params: { id: string }; Body: OrderInput | undefined }>(one, (request, reply) => {
    const order = orders.update(request.params.id, inputOf(request.body));
    return order === undefined ? reply.code(404).send(missing) : { code: "0", data: order };
  });
  app.delete<{ Params: { id: string } }>(one, (request, reply) =>
    orders.remove(request.params.id) ? reply.code(204).send() : reply.code(404).send(missing),
  );
}

/** Secrets in both bodies and in a cookie: none of them may be seen in a record. */
function addLogin(app: FastifyInstance, prefix: string): void {
  app.post<{ Body: { user?: string; password?: string } | undefined }>(`${prefix}/login`, (request, reply) => {
    const body = inputOf(request.body) as { user?: string; password?: string };
    if (!body.password) return reply.code(401).send({ code: "E401", message: "密码不能为空" });
    const token = randomBytes(24).toString("base64url");
    return reply
      .header("set-cookie", `session=${token}; HttpOnly; Path=/`)
      .send({ code: "0", data: { user: body.user ?? "anonymous", access_token: token, refreshToken: token, expiresIn: 3600 } });
  });
}

function addTrouble(app: FastifyInstance, prefix: string): void {
  app.get<{ Querystring: { ms?: string } }>(`${prefix}/slow`, async (request) => {
    const ms = bounded(request.query.ms, slowMsDefault, slowMsMax);
    await sleep(ms);
    return { code: "0", data: { sleptMs: ms } };
  });
  app.all<{ Querystring: { kind?: string } }>(`${prefix}/error`, (request, reply) => {
    if (request.query.kind === "business") return { code: "E001", message: "库存不足" };
    return reply.code(500).send({ code: "E500", message: "NullPointerException at com.example.demo.HelloController" });
  });
  app.get<{ Querystring: { bytes?: string } }>(`${prefix}/large`, (request, reply) => {
    const bytes = bounded(request.query.bytes, largeBytesDefault, largeBytesMax);
    return reply.type("text/plain; charset=utf-8").send("日志平台".repeat(Math.ceil(bytes / 12)).slice(0, Math.ceil(bytes / 3)));
  });
}

/** JSON where it is, else the text. */
function readBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function inputOf(body: unknown): OrderInput {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
}

function bounded(text: string | undefined, byDefault: number, max: number): number {
  const value = Number(text ?? byDefault);
  return Number.isFinite(value) ? Math.min(max, Math.max(0, Math.floor(value))) : byDefault;
}
