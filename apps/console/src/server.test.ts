import { request as httpRequest } from "node:http";
import { waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startConsole, type RunningConsole } from "./testing/running-console.ts";
import { sampleRecord } from "./testing/sample-records.ts";
import type { RecordDetail, RecordPage, StageHealth, WireError } from "./wire.ts";

const article = JSON.stringify({ title: 'segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》"引号"\\ \n 𠮷' });
const newest = sampleRecord({ requestContent: article, responseContent: "Hello!Spring boot!" });
const records = [
  newest,
  sampleRecord({ agoMs: 1000, status: 503, path: "/shop/orders", project: "shop", error: { code: "E", message: "down" } }),
  sampleRecord({ agoMs: 2000, status: 500, path: "/shop/orders" }),
  ...Array.from({ length: 57 }, (_, index) => sampleRecord({ agoMs: 3000 + index * 1000, status: 200 })),
];

let running: RunningConsole;
beforeAll(async () => {
  running = await startConsole();
  await running.store(records);
});
afterAll(() => running.stop());

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

async function get<T>(path: string): Promise<Answer<T>> {
  const response = await fetch(running.url + path);
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
}

const list = async (query: string) => (await get<RecordPage>(`/api/records${query}`)).body;
const ids = (page: RecordPage) => page.records.map((record) => record.id);

describe("the list", () => {
  test("is newest first, 50 a page, with the exact total", async () => {
    const page = await list("");
    expect(page).toMatchObject({ total: 60, totalIsExact: true, nextCursor: expect.any(String) });
    expect(ids(page)).toEqual(records.slice(0, 50).map((record) => record.id));
  });

  test("goes on at the cursor, without a gap or a double, to the end", async () => {
    const first = await list("?limit=25");
    const second = await list(`?limit=25&cursor=${first.nextCursor}`);
    const third = await list(`?limit=25&cursor=${second.nextCursor}`);
    expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(records.map((record) => record.id));
    expect(third.nextCursor).toBeNull();
  });

  test("has times in UTC and every character of a short body", async () => {
    const [record] = (await list("?limit=1")).records;
    expect(record?.requestTime).toBe(newest.requestTime);
    expect(record?.requestTime).toMatch(/Z$/u);
    expect(record?.requestContent).toBe(article);
    expect(record).toMatchObject({ day: newest.requestTime.slice(0, 10), status: 200, path: "/springboot-demo/hello" });
    expect(record).not.toHaveProperty("requestHeaders");
    expect(record).not.toHaveProperty("contentCut");
  });

  test("says that a long body goes on", async () => {
    const long = sampleRecord({ agoMs: 86_400_000, requestContent: "长".repeat(5000), path: "/long" });
    await running.store([long]);
    const [record] = (await list("?path=/long")).records;
    expect(record?.contentCut).toBe(true);
    expect(record?.requestContent).toBe("长".repeat(200));
  });

  test.each([
    ["?status=500", [records[2]]],
    ["?status=5xx", [records[1], records[2]]],
    ["?path=/shop/orders", [records[1], records[2]]],
    ["?path=/shop", []],
    [`?q=${encodeURIComponent("网关层")}`, [newest]],
    ["?q=SEGMENTfault", [newest]],
    [`?q=100%25`, []],
    [`?from=${records[2]?.requestTime}&to=${records[0]?.requestTime}`, [records[1], records[2]]],
    ["?q=shop&status=503", [records[1]]],
  ])("%s finds what it should", async (query, expected) => {
    const page = await list(query);
    expect(ids(page)).toEqual(expected.map((record) => record?.id));
    expect(page.total).toBe(expected.length);
  });

  test.each(["?status=abc", "?limit=9999", "?from=never", "?cursor=nonsense", "?nope=1", "?q=a&q=b"])(
    "%s is refused with one sentence",
    async (query) => {
      const { status, body } = await get<WireError>(`/api/records${query}`);
      expect(status).toBe(400);
      expect(body.error.code).toBe("GATELOG_CONSOLE_PARAMETER");
      expect(body.error.message).toMatch(/^[^\n]{10,200}$/u);
    },
  );
});

describe("one record", () => {
  test("is whole: headers, bodies, error, every character", async () => {
    const { status, body } = await get<RecordDetail>(`/api/records/${newest.requestTime.slice(0, 10)}/${newest.id.toUpperCase()}`);
    expect(status).toBe(200);
    expect(body.requestContent).toBe(article);
    expect(body.requestHeaders).toEqual(newest.requestHeaders);
    expect(body.responseHeaders?.["vary"]).toEqual(["Origin", "Accept"]);
  });

  test("has its raw line where it was none", async () => {
    await running.storeLines(['{"this is": "no record"']);
    const [record] = (await list("?q=no%20record&from=1970-01-01&to=1970-01-02")).records;
    const { body } = await get<RecordDetail>(`/api/records/${record?.day}/${record?.id}`);
    expect(body).toMatchObject({ day: "1970-01-01", rawLine: '{"this is": "no record"', parseError: expect.any(String) });
  });

  test("that is not there is a 404", async () => {
    const { status, body } = await get<WireError>(`/api/records/2026-01-01/${newest.id}`);
    expect([status, body.error.code]).toEqual([404, "GATELOG_CONSOLE_NO_RECORD"]);
  });

  test.each([
    "/api/records/yesterday/0199f3a2-0000-7000-8000-000000000000",
    "/api/records/2026-13-45/0199f3a2-0000-7000-8000-000000000000",
    "/api/records/2026-01-01/1",
  ])("%s is refused", async (path) => {
    expect((await get<WireError>(path)).body.error.code).toBe("GATELOG_CONSOLE_PARAMETER");
  });
});

describe("who may ask", () => {
  function ask(
    headers: Record<string, string>,
    path = "/api/records",
    method = "GET",
  ): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(new URL(path, running.url), { headers, method }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode, body }));
      });
      request.on("error", reject).end();
    });
  }

  test("a name that only resolves to this machine is refused", async () => {
    const { status, body } = await ask({ host: "rebound.example:5601" });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "GATELOG_CONSOLE_FOREIGN_HOST" } });
  });

  test.each(["localhost:1", "127.0.0.1", "[::1]:5601"])("Host %s is answered", async (host) => {
    expect((await ask({ host })).status).toBe(200);
  });

  test("another site's page is refused, a link from there is not", async () => {
    expect((await ask({ host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" })).status).toBe(403);
    expect(
      (await ask({ host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, "/api/searches/x", "DELETE")).status,
    ).toBe(403);
    expect((await ask({ host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).status).toBe(200);
    expect((await ask({ host: "localhost", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).status).toBe(200);
  });

  test("answers carry the security headers and stay out of caches", async () => {
    const { headers } = await get("/api/records");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self';/u);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("content-type")).toMatch(/^application\/json/u);
  });
});

test("what is not served is a 404 that says so", async () => {
  const { status, body } = await get<WireError>("/api/recrods");
  expect([status, body.error.code]).toEqual([404, "GATELOG_CONSOLE_NOT_FOUND"]);
});

test("searches are saved, listed and deleted", async () => {
  const put = (search: unknown) =>
    fetch(`${running.url}/api/searches/${encodeURIComponent("慢/请求")}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ search }),
    });
  expect((await put("q=a&status=5xx")).status).toBe(204);
  expect((await put("q=b")).status).toBe(204);
  expect((await put({})).status).toBe(400);
  expect((await put("x".repeat(9000))).status).toBe(400);
  expect((await get("/api/searches")).body).toEqual({ searches: [{ name: "慢/请求", search: "q=b" }] });
  expect((await fetch(`${running.url}/api/searches/${encodeURIComponent("慢/请求")}`, { method: "DELETE" })).status).toBe(204);
  expect((await get("/api/searches")).body).toEqual({ searches: [] });
});

test("answers are counted by route, never by what was asked", async () => {
  await get("/api/records?q=secret");
  const metrics = await running.registry.metrics();
  expect(metrics).toMatch(/gatelog_console_answers_total\{route="\/api\/records",status="200"\} \d+/u);
  expect(metrics).not.toContain("secret");
});

test("without a database the console is up, says so, and recovers by itself", async () => {
  const early = await startConsole({ withoutDatabase: true });
  try {
    const stages = async () => ((await (await fetch(`${early.url}/api/stages`)).json()) as { stages: StageHealth[] }).stages;
    await waitFor(async () => (await stages())[0]?.reasons[0]?.includes("no database file"), { what: "the reason" });
    const refused = await fetch(`${early.url}/api/records`);
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as WireError).error).toMatchObject({
      code: "GATELOG_CONSOLE_STORE_UNAVAILABLE",
      message: expect.stringMatching(/no database file .*gatelog\.db yet/u),
    });
    await early.migrate();
    await early.store([newest]);
    expect((await (await fetch(`${early.url}/api/records`)).json()) as RecordPage).toMatchObject({ total: 1 });
    await waitFor(async () => (await stages())[0]?.state === "ready", { what: "the store to be ready" });
  } finally {
    await early.stop();
  }
});
