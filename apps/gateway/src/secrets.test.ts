import { deflateSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { call, type CallOptions } from "./test/call.ts";
import { RawClient } from "./test/raw-client.ts";
import { recordsWhen, setUp, tearDown } from "./test/set-up.ts";

afterEach(tearDown);

const secret = "tr0ub4dor-and-3";
/** What must not be seen: the secret may be cut, but not by more than a few characters. */
const trace = secret.slice(0, 6);

const keys = fc.constantFrom("password", "newPassword", "access_token", "refreshToken", "api-key", "client_secret", "pwd", "credentials");
const headers = fc.constantFrom("authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token");
const innocent = fc.dictionary(fc.stringMatching(/^[a-z\u4e00-\u9fa5]{1,8}$/), fc.oneof(fc.string(), fc.integer(), fc.constant(null)), {
  maxKeys: 3,
});

const json = fc.tuple(keys, innocent, fc.boolean()).map(([key, around, deep]) => {
  const planted = { ...around, [key]: secret };
  return JSON.stringify(deep ? { list: [{ data: planted, text: JSON.stringify(planted) }] } : planted);
});
const form = fc
  .tuple(keys, innocent)
  .map(([key, around]) =>
    new URLSearchParams([
      ...Object.entries(around).map(([name, value]): [string, string] => [name, String(value)]),
      [key, secret],
    ]).toString(),
  );
const xml = keys.map((key) => `<a><n:${key} t="1">${secret}</n:${key}></a>`);

const body = fc.oneof(
  fc.tuple(json, fc.constantFrom("application/json", "text/plain", "application/x-www-form-urlencoded", "")),
  fc.tuple(form, fc.constantFrom("application/x-www-form-urlencoded", "application/json", "text/plain", "")),
  fc.tuple(xml, fc.constantFrom("application/xml", "application/json", "text/plain")),
);

const anyCall = fc
  .record({
    body,
    coding: fc.constantFrom("", "gzip", "deflate"),
    header: headers,
    key: keys,
    place: fc.constantFrom("body", "header", "query", "referer"),
  })
  .map(({ body: [text, type], coding, header, key, place }): CallOptions => {
    if (place === "query") return { path: `/api/x;jsessionid=${secret}?a=1&${key}=${secret}&b=2` };
    if (place === "header") return { headers: { [header]: `Bearer ${secret}` } };
    if (place === "referer")
      return { headers: { referer: `https://u:${secret}@h/p?x=1#${key}=${secret}`, "user-agent": `x ${key}=${secret}` } };
    const bytes = coding === "gzip" ? gzipSync(text) : coding === "deflate" ? deflateSync(text) : Buffer.from(text);
    const sent = { ...(type === "" ? {} : { "content-type": type }), ...(coding === "" ? {} : { "content-encoding": coding }) };
    return { method: "POST", headers: sent, body: bytes };
  });

test("a secret in a header, a query or a body, both ways, compressed or cut, never reaches the file", async () => {
  const { gateway } = await setUp(
    (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { "content-type": type, "content-encoding": coding } = request.headers;
        response.writeHead(200, {
          ...(type && { "content-type": type }),
          ...(coding && { "content-encoding": coding }),
          "set-cookie": `s=${secret}`,
          location: `/cb?token=${secret}`,
        });
        response.end(Buffer.concat(parts));
      });
    },
    { config: { capture: { bodyBytesMax: 120 } } },
  );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anyCall, async (options) => {
      expect((await call(gateway, options)).status).toBe(200);
      count += 1;
      await recordsWhen(gateway, count);
      expect(gateway.lines().at(-1)).not.toContain(trace);
    }),
    { numRuns: 150 },
  );
  expect(gateway.lines().join("\n")).not.toContain(trace);
  expect(gateway.records().every((record) => (record.redacted?.length ?? 0) > 0)).toBe(true);
});

test("a secret never reaches the file through an error's message or a refused call", async () => {
  const { gateway } = await setUp();
  await call(gateway, {
    path: `/nowhere?token=${secret}`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"password":"${secret}"}`,
  });
  await recordsWhen(gateway, 1);
  expect(gateway.lines().join("\n")).not.toContain(trace);
});

test("a user and password before the host, in the target or in a header, reach neither the file nor the service", async () => {
  const { gateway, upstream } = await setUp();
  for (const [target, host] of [
    [`http://u:${secret}@h.example/api`, "h.example"],
    ["/api", `u:${secret}@h.example`],
  ]) {
    const client = new RawClient(gateway.port);
    await client.send(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    await client.closed;
  }
  const records = await recordsWhen(gateway, 2);
  expect(records.map(({ host, url }) => [host, url])).toEqual([
    ["h.example", "http://h.example/api"],
    ["***@h.example", "http://***@h.example/api"],
  ]);
  expect(records[1]?.redacted).toEqual(["url", "host", "requestHeaders.host"]);
  expect(upstream.requests[0]?.headers.host).toBe("h.example");
  expect(gateway.lines().join("\n")).not.toContain(trace);
});
