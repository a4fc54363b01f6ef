import { commonConfig, FileUrl, type ConfigProblem } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";
import { isLoopback } from "./loopback.ts";

const adminUrl = (stage: string) =>
  Type.Optional(
    Type.String({
      pattern: "^https?://[^/]+/?$",
      description: `Admin server of the ${stage}, e.g. http://127.0.0.1:9100; its health is shown.`,
    }),
  );

/** Configuration of the console: `console.yaml`. */
export const configSchema = Type.Object(
  {
    listen: Type.Object(
      {
        host: Type.String({
          default: "127.0.0.1",
          minLength: 1,
          description: "Address of the page and its API. Only loopback: the console has no login.",
        }),
        port: Type.Integer({
          default: 5601,
          minimum: 0,
          maximum: 65_535,
          description: "Port of the page and its API; 0 takes any free port.",
        }),
      },
      { description: "Where the page and its API are served." },
    ),
    stores: Type.Object(
      {
        sql: Type.Object(
          {
            url: FileUrl({
              description:
                "The database that db-sink writes: file:<path> (SQLite), postgresql://… or mysql://…; the console only reads it.",
            }),
          },
          { description: "Answers every question." },
        ),
        elasticsearch: Type.Optional(
          Type.Null({ description: "Reserved: SQL answers every question of this version, so the value can only be null." }),
        ),
      },
      { description: "Where the records are read." },
    ),
    settings: Type.Object(
      {
        url: FileUrl({
          default: "file:./data/console.db",
          description: "The console's own SQLite file, created at start; it holds the saved searches.",
        }),
      },
      { description: "What the console itself writes." },
    ),
    stages: Type.Object(
      {
        gateway: adminUrl("gateway"),
        tailer: adminUrl("tailer"),
        processor: adminUrl("processor"),
        dbSink: adminUrl("db-sink"),
      },
      { description: "Stages whose health the page shows; leave out what should not be shown." },
    ),
    gatewayUrl: Type.String({
      default: "http://127.0.0.1:9000",
      pattern: "^https?://",
      description: "Where calls enter; only shown, in the first hint of an empty console.",
    }),
    ...commonConfig({ adminPort: 9104 }),
  },
  { additionalProperties: false },
);

export type Config = Static<typeof configSchema>;

/** Relations that the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!isLoopback(config.listen.host)) {
    problems.push({
      path: ["listen", "host"],
      message: `${config.listen.host} can be reached from other machines and the console has no login yet; use 127.0.0.1, and an SSH tunnel from elsewhere`,
    });
  }
  if (!config.settings.url.startsWith("file:")) {
    problems.push({ path: ["settings", "url"], message: "only a SQLite file is supported, e.g. file:./data/console.db" });
  }
  return problems;
}
