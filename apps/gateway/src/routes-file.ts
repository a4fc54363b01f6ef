import { loadYamlFile, type ConfigCheck } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";
import { routeCaptureSchema } from "./capture-config.ts";
import { checkMeaning } from "./meaning/route-rules.ts";
import { labelsSchema, rulesSchema } from "./meaning/rules-schema.ts";
import { pathOf } from "./request-line.ts";

const name = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

const upstream = Type.Object(
  {
    name: name("Name that routes refer to."),
    servers: Type.Array(Type.String({ minLength: 1, description: "Origin of a server, e.g. http://10.0.0.5:8080." }), {
      minItems: 1,
      maxItems: 256,
      description: "Servers that take turns.",
    }),
    hostHeader: Type.Unsafe<"client" | "upstream">(
      Type.Enum(["client", "upstream"], {
        default: "client",
        description: "Host header that the server gets: the client's own or the server's address.",
      }),
    ),
  },
  { description: "A service behind the gateway." },
);

const route = Type.Object(
  {
    name: name("Name in the record."),
    prefix: Type.String({
      pattern: "^/[^?#\\s]*$",
      maxLength: 1024,
      expected: "a path that begins with /, percent-encoded as clients send it",
      description: "Calls whose path is this or lies below it take this route; of several, the longest wins.",
    }),
    upstream: name("Name of the upstream."),
    env: Type.Optional(name("Environment in the record, instead of the file's.")),
    labels: Type.Optional(labelsSchema),
    rules: Type.Optional(rulesSchema),
    capture: Type.Optional(routeCaptureSchema),
    audit: Type.Optional(
      Type.Boolean({ description: "Answers wait until their record is on disk; instead of log.audit in gateway.yaml." }),
    ),
  },
  { description: "Which calls go where." },
);

/** A file of routesDir: one project. */
export const routesSchema = Type.Object({
  project: name("Project in the record."),
  owner: Type.Optional(name("Whom to ask; not in the record.")),
  env: Type.Optional(name("Environment in the record.")),
  labels: Type.Optional(labelsSchema),
  rules: Type.Optional(rulesSchema),
  capture: Type.Optional(routeCaptureSchema),
  audit: Type.Optional(Type.Boolean({ description: "The same for all routes of the file that say nothing else." })),
  upstreams: Type.Array(upstream, { default: [], maxItems: 1000 }),
  routes: Type.Array(route, { default: [], maxItems: 10_000 }),
});

/** The content of a routes file. */
export type RoutesFile = Static<typeof routesSchema>;

/** Reads and checks one routes file. **Errors**: ConfigError whose lines name file, line and key. */
export function loadRoutesFile(file: string): RoutesFile {
  return loadYamlFile({ schema: routesSchema, file, check: checkRoutes }).config;
}

/** A prefix as it is compared: without the slash at its end. */
export function plainPrefix(prefix: string): string {
  return prefix.replace(/\/+$/, "");
}

const checkRoutes: ConfigCheck<RoutesFile> = (content) => [
  ...content.upstreams.flatMap(({ servers }, index) =>
    servers.flatMap((server, place) => {
      const problem = originProblem(server);
      return problem === undefined ? [] : [{ path: ["upstreams", index, "servers", place], message: problem }];
    }),
  ),
  ...doubles(content.upstreams.map((item) => item.name)).map((index) => ({
    path: ["upstreams", index, "name"],
    message: `a second upstream with the name "${content.upstreams[index]?.name}"`,
  })),
  ...doubles(content.routes.map((item) => plainPrefix(item.prefix))).map((index) => ({
    path: ["routes", index, "prefix"],
    message: `a second route with the prefix "${content.routes[index]?.prefix}"`,
  })),
  ...content.routes.flatMap((item, index) => {
    const known = content.upstreams.map((candidate) => candidate.name);
    return known.includes(item.upstream)
      ? []
      : [
          {
            path: ["routes", index, "upstream"],
            message: `expected the name of an upstream of this file (${known.join(", ") || "it has none"}), found "${item.upstream}"`,
          },
        ];
  }),
  ...checkMeaning(content),
];

function originProblem(server: string): string | undefined {
  const expected = "expected an origin such as http://10.0.0.5:8080";
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    return `${expected}, found "${server}"`;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return `${expected}, found the protocol "${url.protocol}"`;
  if (url.username !== "" || url.password !== "") return `${expected}, without a user and password`;
  return pathOf(url.pathname) === "/" && url.search === "" && url.hash === ""
    ? undefined
    : `${expected}, without a path, found "${server}"`;
}

function doubles(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
