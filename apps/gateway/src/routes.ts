import { captureRule, type CaptureRule, type CaptureSettings } from "./capture-rule.ts";
import { compileMeaning, type MeaningReader } from "./meaning/meaning.ts";
import { labelsFor, rulesFor } from "./meaning/route-rules.ts";
import type { RoutesFile } from "./routes-file.ts";
import { plainPrefix } from "./routes-file.ts";

/** Servers of one upstream, taken in turn. */
export interface UpstreamGroup {
  readonly name: string;
  /** Origins, e.g. `http://10.0.0.5:8080`. */
  readonly servers: readonly string[];
  readonly hostHeader: "client" | "upstream";
  /** Index of the server that is next. */
  next: number;
}

/** Where calls below a prefix go. */
export interface Route {
  readonly name: string;
  readonly project: string;
  readonly env: string | undefined;
  /** Labels of each of its calls, frozen; those that its rules read from a call come on top. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Undefined where the route has no rules. */
  readonly meaning: MeaningReader | undefined;
  readonly capture: CaptureRule;
  /** Answers wait for their records. */
  readonly isAudited: boolean;
  /** Without the slash at its end; "" is every path. */
  readonly prefix: string;
  readonly upstream: UpstreamGroup;
  /** The file that it stands in. */
  readonly file: string;
}

/** All routes of the gateway at one moment. Immutable: a reload makes a new one, calls in flight keep theirs. */
export class RouteTable {
  readonly #byPrefix = new Map<string, Route>();
  readonly #prefixCharsMax: number;

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#byPrefix.set(route.prefix, route);
    this.#prefixCharsMax = Math.max(0, ...routes.map((route) => route.prefix.length));
  }

  get size(): number {
    return this.#byPrefix.size;
  }

  /** The route with the longest prefix that is the path or stands before a `/` of it. */
  find(path: string): Route | undefined {
    let candidate = path;
    if (path.length > this.#prefixCharsMax) {
      // Longer ones cannot fit: a hostile path of thousands of segments costs no more than the longest prefix.
      const cut = path.lastIndexOf("/", this.#prefixCharsMax);
      candidate = cut === -1 ? "" : path.slice(0, cut);
    }
    for (;;) {
      const route = this.#byPrefix.get(candidate);
      if (route !== undefined || candidate === "") return path.startsWith("/") ? route : undefined;
      candidate = candidate.slice(0, Math.max(0, candidate.lastIndexOf("/")));
    }
  }

  routes(): readonly Route[] {
    return [...this.#byPrefix.values()];
  }

  /** Origins of all servers. */
  origins(): ReadonlySet<string> {
    return new Set(this.routes().flatMap((route) => route.upstream.servers));
  }
}

/** What a route has where its file says nothing. */
export interface RouteDefaults {
  readonly capture: CaptureSettings;
  readonly isAudited: boolean;
}

/** The routes of one file. */
export function routesOf(file: string, content: RoutesFile, defaults: RouteDefaults): Route[] {
  const groups = new Map(
    content.upstreams.map(({ name, servers, hostHeader }) => [
      name,
      { name, servers: servers.map((server) => new URL(server).origin), hostHeader, next: 0 },
    ]),
  );
  return content.routes.flatMap((item) => {
    const upstream = groups.get(item.upstream);
    if (upstream === undefined) return [];
    const { name, prefix, env = content.env } = item;
    const labels = labelsFor(content, item);
    const meaning = compileMeaning(rulesFor(content, item), labels);
    const readsBodies = meaning !== undefined && (meaning.readsRequestBody || meaning.readsResponseBody);
    const capture = captureRule({ ...defaults.capture, ...content.capture, ...item.capture }, readsBodies);
    const isAudited = item.audit ?? content.audit ?? defaults.isAudited;
    return [{ name, project: content.project, env, labels, meaning, capture, isAudited, prefix: plainPrefix(prefix), upstream, file }];
  });
}

/** The server whose turn it is. */
export function chooseServer(group: UpstreamGroup): string {
  const server = group.servers[group.next % group.servers.length] ?? "";
  group.next = (group.next + 1) % group.servers.length;
  return server;
}
