import type { LogRecord } from "@gatelog/log-record";
import { sampleRecord, type SampleCall } from "../../src/testing/sample-records.ts";

/** Calls of a small shop as a screenshot shows them: several services, statuses, languages and things that went wrong. */
const calls: readonly SampleCall[] = [
  {
    durationMs: 18.6,
    requestContent: JSON.stringify({ title: "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》" }),
    responseContent: "Hello!Spring boot!",
    responseHeaders: { "content-type": "text/plain;charset=UTF-8", "x-request-id": "req-1" },
  },
  {
    ...shop("orders", "POST", "/shop/api/orders"),
    status: 201,
    durationMs: 143.2,
    caller: "mini-program",
    bizKeys: ["SO20261123000871"],
    requestContent: JSON.stringify({
      customer: { name: "王小明", phone: "138****5521", level: 3 },
      items: [
        { sku: "TEA-0042", title: "西湖龙井 明前特级 250g", quantity: 2, price: 268.0 },
        { sku: "CUP-0007", title: "手工青瓷杯", quantity: 1, price: 129.9 },
      ],
      remark: "请在周五前送达,谢谢!",
      coupon: null,
      express: true,
    }),
    responseContent: JSON.stringify({
      code: "0",
      message: "下单成功",
      data: { orderNo: "SO20261123000871", amount: 665.9, payBefore: "2026-11-23T18:30:00+08:00", traceId: "4bf92f3577b34da6" },
    }),
    redacted: ["requestHeaders.authorization", "requestContent.customer.phone"],
  },
  {
    ...shop("catalog", "GET", "/shop/api/products"),
    query: "keyword=%E9%BE%99%E4%BA%95&page=1&size=20",
    durationMs: 31,
    responseBytes: 18_431,
  },
  {
    ...shop("orders", "POST", "/shop/api/orders"),
    durationMs: 96,
    success: false,
    bizCode: "E1042",
    bizMessage: "库存不足: TEA-0042",
    requestContent: '{"items":[{"sku":"TEA-0042","quantity":90}]}',
    responseContent: '{"code":"E1042","message":"库存不足: TEA-0042"}',
  },
  { ...shop("catalog", "GET", "/shop/api/products/TEA-0042"), durationMs: 8.3, status: 304 },
  {
    ...shop("payment", "POST", "/pay/v2/notify"),
    status: 502,
    durationMs: 5012,
    attempts: 3,
    upstream: "http://10.1.4.22:8080",
    upstreamMs: 5000,
    error: { code: "GATELOG_GATEWAY_UPSTREAM_TIMEOUT", message: "the upstream http://10.1.4.22:8080 did not answer within 5000 ms" },
    requestContent: '{"orderNo":"SO20261123000866","result":"SUCCESS"}',
    responseContent: '{"error":"Bad Gateway"}',
  },
  { ...shop("login", "POST", "/auth/login"), project: "account", durationMs: 212, user: "li.na", redacted: ["requestContent.password"] },
  {
    ...shop("login", "POST", "/auth/login"),
    project: "account",
    durationMs: 187,
    status: 401,
    requestContent: '{"user":"li.na","password":"***"}',
  },
  {
    ...shop("reports", "GET", "/report/monthly/2026-10.xlsx"),
    project: "finance",
    durationMs: 2310,
    responseBytes: 4_812_133,
    responseTruncated: true,
    responseEncoding: "omitted",
  },
  { ...shop("orders", "GET", "/shop/api/orders/SO20261123000871"), durationMs: 22.1, responseBytes: 1_204, user: "wang.xiaoming" },
  {
    ...shop("orders", "DELETE", "/shop/api/orders/SO20261123000440"),
    durationMs: 41,
    status: 409,
    responseContent: '{"message":"订单已发货,不能取消"}',
  },
  { ...shop("members", "PUT", "/member/%E5%9C%B0%E5%9D%80/default"), project: "account", durationMs: 64, requestBytes: 312 },
  { ...shop("stream", "GET", "/shop/api/events"), durationMs: 30_120, status: 499 },
  {
    ...shop("soap", "POST", "/erp/InventoryService"),
    project: "erp",
    operation: "SyncStock",
    durationMs: 820,
    requestBytes: 9_122,
    responseBytes: 2_204,
  },
];

function shop(route: string, method: string, path: string): SampleCall {
  return { project: "shop", route, method, path, url: `https://api.example.com${path}`, clientIp: "203.0.113.24", responseBytes: 640 };
}

/** The calls, repeated backwards in time, newest first. */
export function showcaseRecords(count: number): LogRecord[] {
  return Array.from({ length: count }, (_, index) =>
    sampleRecord({ ...calls[index % calls.length], agoMs: 800 + index * 1730 + (index % 7) * 211 }),
  );
}
