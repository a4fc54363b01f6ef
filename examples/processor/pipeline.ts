// processor.yaml as code: conditions may be functions, and the compiler knows what each filter finds.
import {
  beats,
  cidr,
  convert,
  date,
  definePipeline,
  drop,
  ecs,
  fileOutput,
  grok,
  httpInput,
  json,
  lowercase,
  parseRecord,
  pipe,
  remove,
  rename,
  sample,
  topic,
  translate,
  urlParts,
  userAgent,
  when,
} from "@gatelog/processor";

const nginx = pipe(
  grok({ match: ["%{COMBINEDAPACHELOG} %{NUMBER:nginx.seconds}"] }),
  date({ source: "timestamp", formats: ["dd/MMM/yyyy:HH:mm:ss Z"] }),
  convert({ fields: { "nginx.seconds": "float" } }),
  remove({ fields: ["timestamp"] }, { when: (event) => !event.tags.includes("_dateparsefailure") }),
  urlParts({ source: "url.original" }),
  userAgent({ source: "user_agent.original" }),
  cidr({ source: "source.address", networks: ["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"], tag: "internal" }),
);

const shop = pipe(
  json({ source: "message", target: "shop" }),
  lowercase({ fields: ["shop.level"] }),
  translate({ source: "shop.level", target: "log.severity", file: "./severities.csv", fallback: 0 }),
  rename({ fields: { "shop.user": "user.id" } }),
);

export default definePipeline({
  inputs: [beats({ host: "127.0.0.1", port: 5044 }), httpInput({ port: 8088, path: "/events" })],
  filters: pipe(
    parseRecord(),
    when((event) => event.record?.path === "/health" || event.message.includes("GET /health "), drop({}, { as: "health" })),
    when(
      ({ record }) => record?.path?.startsWith("/static/") === true && (record.status ?? 500) < 400,
      sample({ share: 0.1 }, { as: "static" }),
    ),
    when({ field: "service.name", equals: "nginx" }, nginx),
    when({ field: "service.name", equals: "shop" }, shop),
    when((event) => event.record !== undefined, ecs()),
  ),
  outputs: [
    topic({ embedded: { dir: "./data/topic", groups: ["gatelog-db-sink"] }, name: "kerry", value: "raw" }),
    fileOutput({ path: "./data/events.ndjson" }, { as: "events" }),
    fileOutput(
      { path: "./data/failed.ndjson" },
      {
        as: "failed",
        when: {
          any: [
            { field: "record.status", gte: 500 },
            { field: "http.response.status_code", gte: 500 },
            { field: "log.severity", gte: 3 },
          ],
        },
      },
    ),
  ],
  buffer: { dir: "./data/processor" },
});
