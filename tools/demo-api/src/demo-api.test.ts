import type { AddressInfo } from "node:net";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoApi, prefixes } from "./demo-api.ts";

const app = createDemoApi();
let origin = "";
beforeAll(async () => {
  await app.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(() => app.close());

interface Answer {
  readonly code: string;
  readonly data: { readonly id: string; readonly orderNo: string; readonly status: string; readonly access_token?: string };
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(origin + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, answer: (text === "" ? {} : JSON.parse(text)) as Answer };
}

describe("hello", () => {
  test.each(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "PURGE", "REPORT"])(
    "greets %s with the article's words, whatever the body",
    async (method) => {
      const { port } = app.server.address() as AddressInfo;
      const body = Buffer.from(method === "GET" ? "" : "segmentFault《日志平台》, which is no JSON");
      const text = await new Promise<string>((resolve, reject) => {
        const sent = request(
          {
            port,
            host: "127.0.0.1",
            method,
            path: "/springboot-demo/hello",
            headers: { "content-type": "application/json", "content-length": body.length },
          },
          (response) => {
            let received = "";
            response.setEncoding("utf8");
            response.on("data", (part: string) => (received += part));
            response.on("end", () => resolve(`${response.statusCode} ${received}`));
          },
        );
        sent.on("error", reject);
        sent.end(body);
      });
      expect(text).toBe("200 Hello!Spring boot!");
    },
  );
});

describe.each(prefixes)("below the prefix %j", (prefix) => {
  test("orders are made, read, changed and removed", async () => {
    const made = await call("POST", `${prefix}/orders`, { item: "龙井", amount: 2 });
    expect(made).toMatchObject({ status: 201, answer: { code: "0", data: { item: "龙井", amount: 2, status: "new" } } });
    const path = `${prefix}/orders/${made.answer.data.id}`;
    expect((await call("GET", path)).answer.data).toEqual(made.answer.data);
    expect((await call("PUT", path, { status: "paid" })).answer.data).toMatchObject({ status: "paid", orderNo: made.answer.data.orderNo });
    expect((await call("DELETE", path)).status).toBe(204);
    expect(await call("GET", path)).toMatchObject({ status: 404, answer: { code: "E404" } });
  });

  test("a login answers with a token, or 401 without a password", async () => {
    expect((await call("POST", `${prefix}/login`, { user: "a", password: "b" })).answer.data.access_token).toMatch(/^[\w-]{32}$/);
    expect((await call("POST", `${prefix}/login`, { user: "a" })).status).toBe(401);
  });

  test("there are calls that are slow, wrong and large", async () => {
    expect((await call("GET", `${prefix}/slow?ms=5`)).answer).toMatchObject({ data: { sleptMs: 5 } });
    expect((await call("GET", `${prefix}/error`)).status).toBe(500);
    expect(await call("POST", `${prefix}/error?kind=business`, {})).toMatchObject({ status: 200, answer: { code: "E001" } });
    const large = await (await fetch(`${origin}${prefix}/large?bytes=300000`)).arrayBuffer();
    expect(large.byteLength).toBe(300_000);
  });
});
