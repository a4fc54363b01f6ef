import { defineMapping } from "@gatelog/db-sink";

const time = { type: "timestamp", format: "YYYY-MM-DD HH:mm:ss" } as const;

// The same as mapping.yaml, with functions, which the compiler checks.
export default defineMapping({
  table: "api_log",
  key: ["id"],
  timeZone: "Asia/Shanghai",
  columns: {
    id: "id",
    status: { from: "status", type: "text", maxLength: 8 },
    request_time: { from: "requestTime", ...time },
    response_time: { run: ({ requestTime, responseTime = requestTime }) => responseTime, ...time },
    request_url: { from: "url", maxLength: 2000 },
    method: { run: ({ path, query }) => (query === undefined ? path : `${path}?${query}`), maxLength: 2000 },
    request_content: { from: "requestContent", maxLength: 16_000, default: "" },
    response_content: { from: "responseContent", maxLength: 16_000, default: "" },
  },
});
