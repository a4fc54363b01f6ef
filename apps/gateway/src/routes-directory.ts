import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ConfigError, StartError } from "@gatelog/service-kit";
import type { Config } from "./config.ts";
import { loadRoutesFile } from "./routes-file.ts";
import { RouteTable, routesOf, type Route, type RouteDefaults } from "./routes.ts";

/** What happened to a routes file. */
export type RoutesEvent =
  | { readonly type: "loaded"; readonly file: string; readonly routes: number }
  | { readonly type: "removed"; readonly file: string }
  | { readonly type: "refused"; readonly file: string; readonly reason: string };

/** How a directory of routes is watched. */
export interface RoutesDirectoryOptions {
  readonly dir: string;
  readonly pollMs: number;
  readonly defaults: RouteDefaults;
  readonly onEvent: (event: RoutesEvent) => void;
  readonly onTable: (table: RouteTable) => void;
}

/** Reads all routes files once. **Errors**: those of a start: StartError, ConfigError. */
export function checkRoutesDirectory({ routesDir, routesPollMs, capture, log }: Config): void {
  const ignore = () => undefined;
  const defaults = { capture, isAudited: log.audit };
  new RoutesDirectory({ dir: routesDir, pollMs: routesPollMs, defaults, onEvent: ignore, onTable: ignore }).load();
}

interface KnownFile {
  /** Bytes as last read, good or not. */
  readonly bytes: Buffer;
  /** Of the last good content. */
  readonly routes: readonly Route[];
  /** Why the bytes are not in force. */
  readonly refusal?: string;
}

/**
 * The routes files of a directory, each read again alone when its content changes.
 *
 * **Guarantee**: a file that is broken, or that claims a prefix of another one, is refused whole with its reason, and its last
 * good content stays in force until it is corrected or removed. Changes are seen within the poll interval, on any file system.
 */
export class RoutesDirectory {
  readonly #options: RoutesDirectoryOptions;
  readonly #files = new Map<string, KnownFile>();
  #timer: NodeJS.Timeout | undefined;
  #unreadable = false;

  constructor(options: RoutesDirectoryOptions) {
    this.#options = options;
  }

  /** Reads all files for the first time. **Errors**: StartError or ConfigError; at start nothing older could stay in force. */
  load(): RouteTable {
    const { dir } = this.#options;
    for (const file of this.#list(
      (cause) => new StartError(`routesDir: cannot read the directory ${dir}: ${reasonOf(cause)}`, { cause }),
    )) {
      const bytes = readFileSync(file);
      this.#files.set(file, { bytes, routes: this.#parse(file) });
    }
    return this.#table();
  }

  /** Looks again and again until `stop`. */
  watch(): void {
    this.#timer = setInterval(() => this.refresh(), this.#options.pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once for files that are new, changed or gone. */
  refresh(): void {
    let files: string[];
    try {
      files = this.#list((cause) => new Error(`cannot read the directory: ${reasonOf(cause)}`, { cause }));
      this.#unreadable = false;
    } catch (error) {
      if (!this.#unreadable) this.#options.onEvent({ type: "refused", file: this.#options.dir, reason: reasonOf(error) });
      this.#unreadable = true;
      return;
    }
    const gone = [...this.#files.keys()].filter((file) => !files.includes(file));
    for (const file of gone) {
      this.#files.delete(file);
      this.#options.onEvent({ type: "removed", file });
    }
    // Twice, because a file may have waited for a prefix that one behind it has just given up.
    const changed = [...files, ...files].filter((file) => this.#refreshFile(file));
    if (gone.length > 0 || changed.length > 0) this.#options.onTable(this.#table());
  }

  /** True when the routes in force changed. */
  #refreshFile(file: string): boolean {
    const known = this.#files.get(file);
    let bytes: Buffer = Buffer.alloc(0);
    try {
      bytes = readFileSync(file);
      if (known?.bytes.equals(bytes) && known.refusal === undefined) return false;
      const routes = this.#parse(file);
      this.#files.set(file, { bytes, routes });
      this.#options.onEvent({ type: "loaded", file, routes: routes.length });
      return true;
    } catch (error) {
      const refusal = reasonOf(error);
      this.#files.set(file, { bytes, routes: known?.routes ?? [], refusal });
      if (refusal !== known?.refusal || !known.bytes.equals(bytes)) this.#options.onEvent({ type: "refused", file, reason: refusal });
      return false;
    }
  }

  #parse(file: string): Route[] {
    const routes = routesOf(file, loadRoutesFile(file), this.#options.defaults);
    const others = [...this.#files.entries()].filter(([name]) => name !== file).flatMap(([, known]) => known.routes);
    const taken = new Map(others.map((route) => [route.prefix, route]));
    const clashes = routes.flatMap((route) => {
      const other = taken.get(route.prefix);
      return other === undefined
        ? []
        : [
            `${file}: routes: the prefix "${route.prefix || "/"}" of route "${route.name}" is taken by route "${other.name}" in ${basename(other.file)}`,
          ];
    });
    if (clashes.length > 0) throw new ConfigError(clashes);
    return routes;
  }

  #list(toError: (cause: unknown) => Error): string[] {
    try {
      const names = readdirSync(this.#options.dir).filter((name) => /^[^.].*\.ya?ml$/.test(name));
      return names.sort().map((name) => join(this.#options.dir, name));
    } catch (error) {
      throw toError(error);
    }
  }

  #table(): RouteTable {
    return new RouteTable([...this.#files.values()].flatMap((file) => file.routes));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
