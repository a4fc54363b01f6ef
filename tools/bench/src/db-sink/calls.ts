import { formatRecord, type LogRecord } from "@gatelog/log-record";
import { seededRandom } from "@gatelog/testkit";

const seed = 20_261_126;
const dayMs = 86_400_000;
/** The calls of a topic are those of a quarter of an hour of a busy morning, so that each minute has roll-ups of its own. */
const callsPerSecond = 500;
const beginMsOfDay = 2 * 3_600_000;
const projects = ["erp", "crm", "wms", "oa"] as const;
const routes = ["orders", "invoices", "contacts", "stock", "approvals"] as const;
const customers = ["张三", "李四有限公司", "Smith, John", 'the "other" one', "华东仓储物流中心"];
const statuses = [200, 200, 200, 200, 200, 200, 200, 201, 204, 400, 404, 500];
const words = ["PAID", "NEW", "CANCELLED", "已发货", "待审批"];

/** One call as a gateway writes it, and its identity. */
export interface Call {
  readonly id: string;
  readonly time: string;
  readonly line: string;
}

/** Makes the lines of a gateway, some 600 bytes each, of today: the same for the same day. */
export function createCallGenerator(now: number): () => Call {
  const random = seededRandom(seed);
  const beginMs = Math.floor(now / dayMs) * dayMs + beginMsOfDay;
  let number = 0;
  return () => {
    number += 1;
    const timeMs = beginMs + Math.floor((number * 1000) / callsPerSecond);
    const id = uuidOf(timeMs, number, random.integer(0, 0xffff_ffff));
    const record = recordOf({ id, timeMs, number }, random);
    return { id, time: record.requestTime, line: formatRecord(record) };
  };
}

/** Version 7: ascending, as a gateway mints them. */
function uuidOf(timeMs: number, number: number, random: number): string {
  const time = timeMs.toString(16).padStart(12, "0");
  const counter = (number & 0xfff).toString(16).padStart(3, "0");
  const rest = random.toString(16).padStart(8, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-8${rest.slice(0, 3)}-${rest.slice(3)}${number.toString(16).padStart(7, "0")}`;
}

function recordOf(
  { id, timeMs, number }: { readonly id: string; readonly timeMs: number; readonly number: number },
  random: ReturnType<typeof seededRandom>,
): LogRecord {
  const status = random.pick(statuses);
  // Most calls are quick, a few are very slow.
  const durationMs = Math.round(5 * Math.exp(random.integer(0, 7000) / 1000));
  const route = random.pick(routes);
  const path = `/${route}/${random.integer(1, 999_999)}`;
  const request = JSON.stringify({ no: `SO${random.integer(10_000_000, 99_999_999)}`, customer: random.pick(customers) });
  const response = JSON.stringify({ code: status < 400 ? "0" : "E001", state: random.pick(words) });
  return {
    v: 1,
    id,
    requestTime: new Date(timeMs).toISOString(),
    gateway: "gw-1",
    boot: "20261126080000",
    seq: number,
    env: "prod",
    project: random.pick(projects),
    route,
    success: status < 400,
    durationMs,
    status,
    method: random.pick(["GET", "POST", "POST"]),
    url: `https://api.example.com${path}`,
    path,
    clientIp: `10.1.${random.integer(0, 255)}.${random.integer(1, 254)}`,
    userAgent: "okhttp/4.12.0",
    requestHeaders: { "content-type": "application/json" },
    requestContent: request,
    responseContent: response,
    requestBytes: Buffer.byteLength(request),
    responseBytes: Buffer.byteLength(response),
    requestId: `r-${number.toString(36)}`,
  };
}
