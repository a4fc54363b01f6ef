import { afterEach, beforeEach, expect, test } from "vitest";
import { createAdminServer, type AdminServer } from "./admin-server.ts";

let admin: AdminServer;
let origin: string;
let ready = true;
const type = "text/plain; version=0.0.4; charset=utf-8";
beforeEach(async () => {
  ready = true;
  admin = createAdminServer({
    metrics: { contentType: type, metrics: () => Promise.resolve("up 1\n") },
    readiness: () => [ready ? { name: "disk", ready } : { name: "disk", ready, reason: "full" }],
  });
  origin = `http://127.0.0.1:${await admin.listen({ host: "127.0.0.1", port: 0 })}`;
});
afterEach(() => admin.close());

/** What is answered, in short. */
async function answerOf(path: string, method = "GET") {
  const response = await fetch(`${origin}${path}`, { method });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

const json = "application/json; charset=utf-8";

test("health is 200 while the process lives, readiness 503 with reasons while a part is not ready", async () => {
  expect(await answerOf("/healthz")).toEqual({ status: 200, type: json, body: '{"status":"ok"}' });
  expect(await answerOf("/readyz")).toMatchObject({ status: 200, type: json });
  ready = false;
  const { status, body } = await answerOf("/readyz?verbose");
  expect(status).toBe(503);
  expect(JSON.parse(body)).toEqual({
    ready: false,
    reasons: ["disk: full"],
    parts: [{ name: "disk", ready: false, reason: "full" }],
  });
});

test("metrics are answered in their own type; HEAD has the headers alone", async () => {
  expect(await answerOf("/metrics")).toEqual({ status: 200, type, body: "up 1\n" });
  expect(await answerOf("/metrics", "HEAD")).toEqual({ status: 200, type, body: "" });
});

test("a path that is not there is 404 and names those that are; a method that changes something is 405", async () => {
  expect(await answerOf("/nowhere")).toEqual({
    status: 404,
    type: json,
    body: '{"error":"there is no /nowhere; there are /healthz, /readyz, /metrics"}',
  });
  expect(await answerOf("/metrics", "POST")).toEqual({ status: 405, type: json, body: '{"error":"/metrics is read by GET"}' });
});

test("a route that fails answers 500 with its message, and the next call is served", async () => {
  admin.get("/broken", () => Promise.reject(new Error("the disk is gone")));
  expect(await answerOf("/broken")).toEqual({ status: 500, type: json, body: '{"error":"the disk is gone"}' });
  expect((await answerOf("/healthz")).status).toBe(200);
});

test("a port that is taken is a start error that names its key", async () => {
  const second = createAdminServer({ metrics: { contentType: type, metrics: () => Promise.resolve("") }, readiness: () => [] });
  const port = Number(new URL(origin).port);
  await expect(second.listen({ host: "127.0.0.1", port })).rejects.toThrow(`admin.port: port ${port} on 127.0.0.1 is taken`);
  await second.close();
});
