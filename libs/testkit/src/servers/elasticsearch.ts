import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freePort } from "../free-port.ts";
import { ManagedProcess } from "../managed-process.ts";
import { waitFor } from "../wait-for.ts";
import { fetchJars } from "./jars.ts";
import { findJdk, startupArguments } from "./java.ts";
import { dataDirectoryOf, orKill, serve, type Server, type ServerOptions } from "./server.ts";

/** Search servers that can be started. Elasticsearch 7.17 is the default: it starts fastest and runs on any JDK from 17 on. */
export const searchServers = ["elasticsearch-7", "elasticsearch-9", "opensearch-3"] as const;
export type SearchServerName = (typeof searchServers)[number];

/** A real single-node Elasticsearch or OpenSearch on loopback. */
export interface ElasticsearchServer extends Server {
  readonly url: string;
}

export interface ElasticsearchOptions extends ServerOptions {
  /** Default `elasticsearch-7`. */
  readonly server?: SearchServerName;
}

/** What a server is started with. */
const recipes: Readonly<Record<SearchServerName, { readonly main: string; readonly jdkMajorMin: number }>> = {
  "elasticsearch-7": { main: "ElasticsearchNode", jdkMajorMin: 17 },
  "elasticsearch-9": { main: "org.elasticsearch.node.ElasticsearchNode", jdkMajorMin: 21 },
  "opensearch-3": { main: "OpenSearchNode", jdkMajorMin: 21 },
};

/**
 * Starts a search server from its Maven artifacts. Ready in 4 to 12 s. They are the bare servers: none has ILM or ISM, OpenSearch alone has data
 * streams.
 */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
  const { server: name = "elasticsearch-7" } = options;
  const { main, jdkMajorMin } = recipes[name];
  const jars = await fetchJars(name, jdkMajorMin);
  const port = options.port ?? (await freePort());
  const transportPort = await freePort();
  const directory = await dataDirectoryOf(options, name);
  const logFile = join(directory.path, "server.log");
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(join(directory.path, "config"), { recursive: true });
  const launch = async () => {
    const server = new ManagedProcess({
      command: join(findJdk(jdkMajorMin).home, "bin/java"),
      arguments: [
        "-Xmx640m",
        "-Xms256m",
        "-XX:+UseSerialGC",
        ...startupArguments(),
        "-Dlog4j2.disable.jmx=true",
        "-cp",
        [join(jars, "lib/*"), jars].join(delimiter),
        main,
        directory.path,
        String(port),
        String(transportPort),
      ],
      logFile,
      detached: options.detached ?? false,
    });
    const answers = waitFor(
      async () => {
        if (server.exit) throw new Error(`${name} ended: ${server.output().slice(-1000)}`);
        const health = (await (await fetch(`${url}/_cluster/health`, { signal: AbortSignal.timeout(2000) })).json()) as { status?: string };
        return health.status === "green" || health.status === "yellow";
      },
      { deadlineMs: 90_000, intervalMs: 150, what: name },
    );
    return orKill(server, answers);
  };
  const server = await serve({ port, directory, logFile, launch });
  return Object.defineProperties({ url }, Object.getOwnPropertyDescriptors(server)) as ElasticsearchServer;
}
