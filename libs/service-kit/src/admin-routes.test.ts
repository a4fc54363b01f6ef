import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { AdminRefusal, type AdminRequest } from "./admin-request.ts";
import { type AdminServer, createAdminServer } from "./admin-server.ts";

const token = "a-token-of-enough-letters";
let admin: AdminServer;
afterEach(() => admin.close());

async function listen(access: { host?: string; token?: string }, routes: (admin: AdminServer) => void): Promise<string> {
  admin = createAdminServer({
    metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", metrics: () => Promise.resolve("up 1\n") },
    readiness: () => [],
  });
  routes(admin);
  return `http://127.0.0.1:${await admin.listen({ host: "127.0.0.1", port: 0, ...access })}`;
}

/** Status and body of a call. */
async function call(url: string, options: RequestInit = {}): Promise<{ status: number; body: string }> {
  const response = await fetch(url, options);
  return { status: response.status, body: await response.text() };
}

/** Node's fetch writes the Host header itself. */
async function callAs(host: string, url: string): Promise<number | undefined> {
  const outgoing = httpRequest(url, { headers: { host } }).end();
  const [response] = (await once(outgoing, "response")) as [{ statusCode?: number; resume: () => void }];
  response.resume();
  return response.statusCode;
}

const json = { "content-type": "application/json" };
const echo = async ({ method, query, parameter, readJson }: AdminRequest) => ({
  body: { method, query: Object.fromEntries(query), parameter, json: await readJson(100) },
});

test("a route sees its method, query, parameter and JSON; a fixed path goes before one with a parameter", async () => {
  const origin = await listen({}, (to) => {
    to.get("/letters/{offset}", echo);
    to.delete("/letters/{offset}", echo);
    to.post("/letters/replay", echo);
  });
  const [read, removed, changed] = [
    await call(`${origin}/letters/a%2Fb?x=1`),
    await call(`${origin}/letters/7`, { method: "DELETE" }),
    await call(`${origin}/letters/replay`, { method: "POST", headers: json, body: '{"a":[1]}' }),
  ];
  expect(JSON.parse(read.body)).toEqual({ method: "GET", query: { x: "1" }, parameter: "a/b", json: {} });
  expect(JSON.parse(removed.body)).toEqual({ method: "DELETE", query: {}, parameter: "7", json: {} });
  expect(JSON.parse(changed.body)).toEqual({ method: "POST", query: {}, parameter: "", json: { a: [1] } });
  expect((await call(`${origin}/letters/replay`)).body).toBe('{"error":"/letters/replay is called by POST"}');
  expect((await call(`${origin}/letters/`)).status).toBe(404);
  expect((await call(`${origin}/letters/%ff`)).status).toBe(404);
});

test("a body that is too long is 413, one that is no JSON 400, a refusal has its own status, and the next call is served", async () => {
  const origin = await listen({}, (to) => {
    to.post("/echo", echo);
    to.get("/busy", () => {
      throw new AdminRefusal(409, "one at a time");
    });
  });
  const post = (body: NonNullable<RequestInit["body"]>) => call(`${origin}/echo`, { method: "POST", headers: json, body, duplex: "half" });
  expect(await post(`"${"x".repeat(200)}"`)).toEqual({ status: 413, body: '{"error":"the body is longer than 100 bytes"}' });
  const unannounced = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("y".repeat(150)));
      controller.close();
    },
  });
  expect((await post(unannounced)).status).toBe(413);
  expect(await post("{")).toMatchObject({ status: 400, body: expect.stringMatching(/^\{"error":"the body is no JSON: /) });
  expect(await call(`${origin}/busy`)).toEqual({ status: 409, body: '{"error":"one at a time"}' });
  expect((await post("[]")).status).toBe(200);
});

test("an answer in pieces is asked for only as fast as it is read, and ends when the client leaves", async () => {
  let made = 0;
  let ended = false;
  let signal: AbortSignal | undefined;
  const piece = "x".repeat(64 * 1024);
  async function* endless() {
    try {
      for (;;) {
        made++;
        yield piece;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      ended = true;
    }
  }
  const origin = await listen({}, (to) =>
    to.get("/tap", (request) => {
      signal = request.signal;
      return { type: "text/plain", body: endless() };
    }),
  );
  expect((await call(`${origin}/tap`, { method: "HEAD" })).status).toBe(200);
  expect(made).toBe(0);
  const outgoing = httpRequest(`${origin}/tap`).end();
  const [response] = (await once(outgoing, "response")) as [NodeJS.ReadableStream];
  response.pause();
  let last = -1;
  await waitFor(() => made > 0 && last === (last = made), { what: "a stop of the making" });
  expect(made).toBeLessThan(500);
  const before = made;
  response.resume();
  await waitFor(() => made > before + 100);
  outgoing.destroy();
  await waitFor(() => ended && signal?.aborted === true);
});

test("an answer whose pieces fail is cut off, not ended", async () => {
  async function* failing() {
    yield "half";
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error("the disk is gone");
  }
  const origin = await listen({}, (to) => to.get("/half", () => ({ type: "text/plain", body: failing() })));
  await expect(call(`${origin}/half`)).rejects.toThrow();
  expect((await call(`${origin}/healthz`)).status).toBe(200);
});

test("where a token is set, all but health and metrics needs it", async () => {
  const origin = await listen({ token }, (to) => {
    to.get("/letters", echo);
    to.post("/replay", echo);
  });
  const post = { method: "POST", headers: json };
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect((await call(`${origin}${path}`)).status).toBe(200);
  for (const authorization of [undefined, token, `Bearer ${token}x`, "Bearer", `Basic ${token}`]) {
    const headers = authorization === undefined ? {} : { authorization };
    expect((await call(`${origin}/letters`, { headers })).status).toBe(401);
    expect((await call(`${origin}/nowhere`, { headers })).status).toBe(401);
  }
  expect((await call(`${origin}/replay`, post)).body).toBe('{"error":"this needs `Authorization: Bearer` with admin.token"}');
  const authorization = `Bearer ${token}`;
  expect((await call(`${origin}/letters`, { headers: { authorization } })).status).toBe(200);
  expect((await call(`${origin}/replay`, { ...post, headers: { ...json, authorization } })).status).toBe(200);
  expect(await callAs("gatelog.example", `${origin}/letters`)).toBe(401);
});

test("without a token nothing is changed where others reach the port", async () => {
  const origin = await listen({ host: "0.0.0.0" }, (to) => {
    to.get("/letters", echo);
    to.post("/replay", echo);
    to.delete("/letters", echo);
  });
  expect((await call(`${origin}/letters`)).status).toBe(200);
  expect(await call(`${origin}/replay`, { method: "POST", headers: json })).toEqual({
    status: 403,
    body: '{"error":"POST /replay changes something, and admin.host is 0.0.0.0: set admin.token first"}',
  });
  expect((await call(`${origin}/letters`, { method: "DELETE" })).status).toBe(403);
});

test("a web page can change nothing, and cannot read under a name of its own", async () => {
  const origin = await listen({}, (to) => {
    to.get("/letters", echo);
    to.post("/replay", echo);
    to.delete("/letters", echo);
  });
  const page = { origin: "https://page.example" };
  expect((await call(`${origin}/replay`, { method: "POST", headers: { ...json, ...page } })).status).toBe(403);
  expect((await call(`${origin}/letters`, { method: "DELETE", headers: page })).status).toBe(403);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect(await call(`${origin}/replay`, { method: "POST", headers: form, body: "a=1" })).toEqual({
    status: 415,
    body: '{"error":"POST needs `Content-Type: application/json`"}',
  });
  expect(await callAs("page.example", `${origin}/letters`)).toBe(403);
  expect(await callAs("page.example", `${origin}/metrics`)).toBe(200);
  for (const name of ["localhost:9102", "127.0.0.1", "[::1]:9102"]) expect(await callAs(name, `${origin}/letters`)).toBe(200);
});

test("a web page from elsewhere has nothing done for it, not even by an image; health and metrics stay open", async () => {
  let calls = 0;
  const origin = await listen({}, (to) => to.get("/tap", () => ({ body: { calls: ++calls } })));
  const statusFor = async (path: string, site: string) => (await call(`${origin}${path}`, { headers: { "sec-fetch-site": site } })).status;
  for (const site of ["cross-site", "same-site", "something-new"]) expect(await statusFor("/tap", site)).toBe(403);
  expect(calls).toBe(0);
  for (const site of ["same-origin", "none"]) expect(await statusFor("/tap", site)).toBe(200);
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect(await statusFor(path, "cross-site")).toBe(200);
});
