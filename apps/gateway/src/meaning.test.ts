import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";
import type { LogRecord } from "@gatelog/log-record";
import { afterEach, describe, expect, test } from "vitest";
import { call, type CallOptions } from "./test/call.ts";
import { startGateway } from "./test/running-gateway.ts";
import { recordsWhen, tearDown, tracked } from "./test/set-up.ts";
import { startUpstream } from "./test/upstream.ts";

afterEach(tearDown);

/** A gateway whose `/api` has these keys beside; returns the records of the calls that it is given. */
async function gatewayWith(route: object, listener: RequestListener, config: Readonly<Record<string, unknown>> = {}) {
  const upstream = tracked(await startUpstream((request, response) => void request.resume().on("end", () => listener(request, response))));
  const routes = [{ name: "api", prefix: "/api", upstream: "api", ...route }];
  const upstreams = [{ name: "api", servers: [upstream.origin] }];
  const file = { project: "shop", env: "prod", labels: { team: "trade" }, upstreams, routes };
  const gateway = tracked(await startGateway({ config, routes: { "test.yaml": file } }));
  let count = 0;
  return async (options: CallOptions): Promise<LogRecord> => {
    await call(gateway, options);
    count += 1;
    const record = (await recordsWhen(gateway, count)).at(-1);
    if (record === undefined) throw new Error("no record");
    return record;
  };
}

/** A service that answers with this. */
const answering =
  (type: string, body: string, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { "content-type": type }).end(body);

const json = { "content-type": "application/json" };
const jsonRules = {
  success: { json: "$.code", in: [0, "200"] },
  bizCode: { json: "$.code" },
  bizMessage: { json: "$.msg" },
  bizKeys: [{ json: "$.data.orderNo" }, { json: "$.items[*].no", of: "request" }],
};

describe("the rules of a route", () => {
  test("read code, message and document numbers of JSON, whatever the status says", async () => {
    const record = await gatewayWith({ rules: jsonRules }, (request, response) => {
      const isGood = request.url === "/api/good";
      const body = isGood ? { code: 0, data: { orderNo: "PO-8" } } : { code: "E001", msg: "缺货", data: { orderNo: "PO-7" } };
      response.writeHead(200, json).end(JSON.stringify(body));
    });
    const body = '{"items":[{"no":"SKU-1"},{"no":"SKU-2"}]}';
    const failed = await record({ method: "POST", headers: json, body });
    expect(failed).toMatchObject({ status: 200, success: false, bizCode: "E001", bizMessage: "缺货", bizKeys: ["PO-7", "SKU-1", "SKU-2"] });
    expect(failed).toMatchObject({ env: "prod", project: "shop", labels: { team: "trade" }, requestContent: body });
    const good = await record({ path: "/api/good" });
    expect(good).toMatchObject({ success: true, bizCode: "0", bizKeys: ["PO-8"] });
    expect(good.bizMessage).toBeUndefined();
  });

  test("read a SOAP Fault and what was called, by SOAPAction or by the body's first element", async () => {
    const envelope = (body: string) =>
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
    const fault = envelope("<s:Fault><faultcode>s:Client</faultcode><faultstring>no stock</faultstring></s:Fault>");
    const rules = {
      success: { soapFault: true },
      bizCode: { xml: "/Envelope/Body/Fault/faultcode" },
      bizMessage: { xml: "/Envelope/Body/Fault/faultstring" },
      operation: { soap: true },
      bizKeys: [{ xml: "//OrderNo" }, { xml: "//Order/@no" }],
    };
    const record = await gatewayWith({ rules }, answering("text/xml; charset=utf-8", fault));
    const body = envelope('<m:CreateOrder xmlns:m="urn:m"><OrderNo>SO-1</OrderNo><Order no="SO-2"/></m:CreateOrder>');
    const sent = { method: "POST", headers: { "content-type": "text/xml" }, body };
    expect(await record(sent)).toMatchObject({
      success: false,
      bizCode: "s:Client",
      bizMessage: "no stock",
      operation: "CreateOrder",
      bizKeys: ["SO-1", "SO-2"],
    });
    expect(await record({ ...sent, headers: { ...sent.headers, soapaction: '"urn:m#Create"' } })).toMatchObject({
      operation: "urn:m#Create",
    });
  });

  test("read form, query and headers, and labels on top of the route's and the file's", async () => {
    const rules = {
      bizKeys: [{ form: "out_trade_no" }, { query: "orderNo" }, { header: "X-Order-No" }, { header: "x-batch", of: "response" }],
      labels: { tenant: { header: "x-tenant" } },
    };
    const route = { rules, labels: { tier: "gold" }, env: "test" };
    const record = await gatewayWith(route, (_request, response) => response.writeHead(204, { "x-batch": "B-4" }).end());
    const sent = await record({
      method: "POST",
      path: "/api/pay?orderNo=Q%2D2",
      headers: { "content-type": "application/x-www-form-urlencoded", "x-order-no": "H-3", "x-tenant": "acme" },
      body: "a=1&out_trade_no=F%2D1",
    });
    expect(sent).toMatchObject({
      env: "test",
      success: true,
      bizKeys: ["F-1", "Q-2", "H-3", "B-4"],
      labels: { team: "trade", tier: "gold", tenant: "acme" },
    });
  });

  test("see what is masked as masked", async () => {
    const rules = {
      bizKeys: [{ json: "$.phone" }, { header: "x-api-key" }, { query: "token" }, { pattern: 'to ([^"]+)' }],
      bizMessage: { json: "$.msg" },
      bizCode: { json: "$.password" },
      labels: { user: { header: "x-user" } },
    };
    const answer = '{"phone":"13800138000","password":"tr0ub4dor","msg":"sent to zhang.san@example.com"}';
    const record = await gatewayWith({ rules }, answering("application/json", answer), { masking: { profile: "cn-pipl" } });
    const seen = await record({ path: "/api?token=tr0ub4dor", headers: { "x-api-key": "tr0ub4dor", "x-user": "13800138000" } });
    expect(seen).toMatchObject({ bizKeys: ["***"], bizMessage: "sent to ***", bizCode: "***", labels: { user: "***" } });
    expect(JSON.stringify(seen)).not.toMatch(/tr0ub4|138001|zhang/);
  });

  test("read bodies that are not kept", async () => {
    for (const capture of [{ level: "headers" }, { level: "off" }, { contentTypes: ["text/html"] }]) {
      const record = await gatewayWith(
        { rules: jsonRules, capture },
        answering("application/json", '{"code":"E001","data":{"orderNo":"PO-7"}}'),
      );
      const read = await record({ method: "POST", headers: json, body: '{"items":[{"no":"SKU-1"}]}' });
      expect(read).toMatchObject({ success: false, bizCode: "E001", bizKeys: ["PO-7", "SKU-1"] });
      expect(read).toMatchObject({ requestEncoding: "omitted", responseEncoding: "omitted", requestBytes: 26, responseBytes: 41 });
      expect([read.requestContent, read.responseContent]).toEqual([undefined, undefined]);
      expect(read.requestHeaders === undefined).toBe(capture.level === "off");
    }
  });

  test("put every call that they call a failure into the sample", async () => {
    const record = await gatewayWith({ rules: jsonRules, capture: { sample: 0 } }, (request, response) =>
      response.writeHead(200, json).end(`{"code":"${request.url?.slice(-1)}"}`),
    );
    expect(await record({ path: "/api/1" })).toMatchObject({ success: false, responseContent: '{"code":"1"}', requestHeaders: {} });
    const good = await record({ path: "/api/0" });
    expect(good).toMatchObject({ success: true, bizCode: "0", responseEncoding: "omitted" });
    expect(good.requestHeaders).toBeUndefined();
  });
});

describe("the caller", () => {
  const sha256 = (key: string) => createHash("sha256").update(key).digest("hex");
  const caller = [
    { apiKey: { header: "X-Api-Key", query: "key", names: { "erp-prod": sha256("k-1") } } },
    { certificate: { header: "X-Client-Subject" } },
    { header: "x-app-id" },
  ];
  const subject = { "x-client-subject": "CN=warehouse,O=Example,C=CN" };

  test("is named by API key, then by certificate from a trusted proxy, then by what it claims", async () => {
    const record = await gatewayWith({}, answering("text/plain", ""), { caller, trustedProxies: ["127.0.0.1"] });
    const byKey = await record({ headers: { "x-api-key": "k-1", ...subject, "x-app-id": "app" } });
    expect([byKey.caller, byKey.requestHeaders?.["x-api-key"]]).toEqual(["erp-prod", "***"]);
    expect((await record({ path: "/api?key=k-1" })).caller).toBe("erp-prod");
    expect((await record({ headers: { "x-api-key": "unknown", ...subject } })).caller).toBe("warehouse");
    expect((await record({ headers: { "x-app-id": "app" } })).caller).toBe("app");
    expect((await record({})).caller).toBeUndefined();
  });

  test("is nobody by a certificate's header that no trusted proxy sent", async () => {
    const record = await gatewayWith({}, answering("text/plain", ""), { caller, trustedProxies: ["10.0.0.0/8"] });
    expect((await record({ headers: subject })).caller).toBeUndefined();
  });
});
