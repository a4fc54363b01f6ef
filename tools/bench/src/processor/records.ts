import { formatRecord, type LogRecord } from "@gatelog/log-record";
import { seededRandom } from "@gatelog/testkit";

const seed = 20_261_123;
const firstTimeMs = Date.UTC(2026, 10, 23, 8);
const routes = ["orders", "invoices", "contacts", "stock"] as const;
const customers = ["张三", "李四", "Smith, John", 'the "other" one'];
const statuses = [200, 200, 200, 200, 201, 404, 500];
const states = ["PAID", "NEW", "CANCELLED"];

/** Makes lines as a gatelog gateway writes them, the same for the same seed; some 900 bytes each. */
export function createRecordGenerator(): () => string {
  const random = seededRandom(seed);
  let number = 0;
  return () => {
    number += 1;
    const route = random.pick(routes);
    const status = random.pick(statuses);
    const durationMs = random.integer(1, 3000);
    const timeMs = firstTimeMs + number;
    const path = `/erp/${route}/${random.integer(1, 999_999)}`;
    const request = JSON.stringify({ orderNo: `SO${random.integer(10_000_000, 99_999_999)}`, customer: random.pick(customers) });
    const response = JSON.stringify({ code: status === 200 ? "0" : "E001", state: random.pick(states) });
    const record: LogRecord = {
      v: 1,
      id: `0199a1b2-c3d4-7000-b000-${number.toString(16).padStart(12, "0")}`,
      requestTime: new Date(timeMs).toISOString(),
      gateway: "gw-1",
      boot: "20261123080000a1b200",
      seq: number,
      env: "prod",
      project: "erp",
      route,
      success: status < 400,
      responseTime: new Date(timeMs + durationMs).toISOString(),
      durationMs,
      status,
      method: "POST",
      url: `https://api.example.com${path}`,
      path,
      clientIp: `10.1.${random.integer(0, 255)}.${random.integer(1, 254)}`,
      userAgent: "okhttp/4.12.0",
      host: "api.example.com",
      httpVersion: "1.1",
      requestHeaders: { accept: "application/json", "content-type": "application/json" },
      responseHeaders: { "content-type": "application/json" },
      requestContent: request,
      responseContent: response,
      requestBytes: Buffer.byteLength(request),
      responseBytes: Buffer.byteLength(response),
      upstream: "10.2.0.7:8080",
      attempts: 1,
      requestId: `r-${number.toString(36)}`,
    };
    return formatRecord(record);
  };
}
