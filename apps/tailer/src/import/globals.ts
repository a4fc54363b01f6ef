import { globalNotes } from "./global-notes.ts";
import type { Settings } from "./settings.ts";
import type { TargetConfig } from "./target.ts";

/** Where the registry lies until somebody says otherwise; Filebeat's own is never touched. */
const registryDirDefault = "/var/lib/gatelog/tailer";

/** Filebeat's, where http.enabled says nothing else. */
const portDefault = 5066;

const logLevels: Readonly<Record<string, string>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  warn: "warn",
  error: "error",
  critical: "fatal",
};

type Globals = Pick<
  TargetConfig,
  "name" | "registryDir" | "registryFlushMs" | "admin" | "shutdownDeadlineMs" | "logLevel" | "batch" | "retry"
>;

/** What a filebeat.yml says beside inputs and output. */
export function convertGlobals(root: Settings): Globals {
  for (const [key, message] of Object.entries(globalNotes)) root.note(key, message);
  const dataPath = root.string("path.data");
  if (dataPath !== undefined) {
    root.note(
      "path.data",
      "became registryDir, in a folder of its own; Filebeat's registry is not read, see the guide on how to avoid doubles",
    );
  }
  const linesMax = root.integer("filebeat.spool_size");
  if (linesMax !== undefined) root.note("filebeat.spool_size", "became batch.linesMax, unless the output has a bulk_max_size");
  return {
    name: root.string("name") || undefined,
    registryDir: dataPath === undefined ? registryDirDefault : `${dataPath.replace(/\/$/, "")}/gatelog-tailer`,
    registryFlushMs: convertFlush(root),
    admin: convertAdmin(root),
    shutdownDeadlineMs: convertShutdown(root),
    logLevel: convertLogLevel(root),
    batch: linesMax === undefined || linesMax < 1 ? undefined : { linesMax: Math.min(linesMax, 65_536) },
  };
}

function convertFlush(root: Settings): number | undefined {
  const key = ["filebeat.registry.flush", "filebeat.registry_flush"].find((name) => root.has(name)) ?? "filebeat.registry.flush";
  const givenMs = root.durationMs(key);
  if (givenMs === undefined) return undefined;
  if (givenMs > 60_000) root.note(key, "became 60000 ms, the longest that registryFlushMs may be");
  return Math.min(Math.max(givenMs, 1), 60_000);
}

function convertAdmin(root: Settings): TargetConfig["admin"] {
  const isOn = root.boolean("http.enabled") ?? false;
  const [host, given] = [root.string("http.host"), root.integer("http.port")];
  const port = given !== undefined && given >= 0 && given <= 65_535 ? given : portDefault;
  if (given !== undefined && port !== given) root.note("http.port", `is no port: ${portDefault} was taken, Filebeat's default`);
  if (!isOn) {
    if (root.has("http.host")) root.note("http.host", "means nothing while http.enabled is not true");
    if (root.has("http.port")) root.note("http.port", "means nothing while http.enabled is not true");
    return undefined;
  }
  root.note("http.enabled", "became admin, with /metrics for Prometheus, /healthz and /readyz instead of Filebeat's /stats");
  if (host?.includes("/")) {
    root.note("http.host", "names a socket: the admin server has a host and a port");
    return { port };
  }
  return { host: host === undefined || host === "localhost" ? undefined : host, port };
}

function convertShutdown(root: Settings): number | undefined {
  const givenMs = root.durationMs("filebeat.shutdown_timeout");
  if (givenMs === undefined) return undefined;
  if (givenMs > 0) return Math.min(givenMs, 3_600_000);
  root.note("filebeat.shutdown_timeout", "means not to wait: the tailer does, up to shutdownDeadlineMs, so that less is sent again");
  return undefined;
}

function convertLogLevel(root: Settings): string | undefined {
  const given = root.string("logging.level")?.toLowerCase();
  if (given === undefined) return undefined;
  const level = logLevels[given];
  if (level === undefined) root.note("logging.level", `${given} is not known: info was taken`);
  return level === "info" ? undefined : level;
}
