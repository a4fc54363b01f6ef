import { parseHost } from "@gatelog/lumberjack";
import { timeoutMsMin } from "../config/output.ts";
import { thirtyDaysMs, weekMs } from "../config/units.ts";
import { atLeast, atMost, positive } from "./bounds.ts";
import type { Settings } from "./settings.ts";
import type { TargetConfig } from "./target.ts";
import { convertTls } from "./tls.ts";

const noEquivalent: Readonly<Record<string, string>> = {
  worker: "has no equivalent: there is one connection to a receiver, which takes several batches at a time (pipelining)",
  workers: "has no equivalent: there is one connection to a receiver, which takes several batches at a time (pipelining)",
  escape_html: "has no equivalent: text is sent as it is",
  slow_start: "has no equivalent: batches are as large as what there is to send, up to batch.linesMax",
  max_retries: "is not needed: the tailer, as Filebeat, sends again until the receiver acknowledges",
  proxy_url: "has no equivalent: the tailer connects to the receiver itself",
  proxy_use_local_resolver: "has no equivalent: names are resolved on this machine",
  queue: "is not needed: the files are the queue",
};

const limits = { linesMax: 65_536, underWayMax: 16, pipeliningMax: 16, portDefault: 5044 };

const pipeliningDefault = 2;
const underWayDefault = 2;

/** `output.logstash` as `output.lumberjack`, with what belongs to the whole tailer. */
export function convertLogstash(settings: Settings): Partial<TargetConfig> & Pick<TargetConfig, "output"> {
  for (const [key, message] of Object.entries(noEquivalent)) settings.note(key, message);
  const compressionLevel = settings.integer("compression_level");
  const hosts = convertHosts(settings);
  const loadBalance = convertLoadBalance(settings, hosts);
  const pipelining = convertPipelining(settings);
  const sending = convertSending(settings);
  return {
    output: {
      lumberjack: {
        hosts,
        loadBalance,
        pipelining,
        compressionLevel: compressionLevel === undefined ? undefined : Math.min(Math.max(compressionLevel, 0), 9),
        timeoutMs: convertTimeout(settings),
        ttlMs: atMost(positive(settings.durationMs("ttl")), thirtyDaysMs),
        // Filebeat's index is nothing but that, and Logstash configurations name indices by it.
        beat: settings.string("index") ?? "filebeat",
        tls: convertTls(settings),
      },
    },
    ...sending,
    batch: withUnderWay(sending.batch, (loadBalance ? hosts.length : 1) * (pipelining ?? pipeliningDefault)),
  };
}

/** As many batches at the same time as the connections take. */
function withUnderWay(batch: TargetConfig["batch"], windows: number): TargetConfig["batch"] {
  return windows <= underWayDefault ? batch : { ...batch, underWayMax: Math.min(windows, limits.underWayMax) };
}

/** Settings of any output that are the tailer's own. */
export function convertSending(settings: Settings): Pick<TargetConfig, "batch" | "retry"> {
  const lines = settings.integer("bulk_max_size");
  const linesMax = lines === undefined || lines <= 0 ? undefined : Math.min(lines, limits.linesMax);
  if (lines !== undefined && lines !== linesMax)
    settings.note("bulk_max_size", `must be from 1 to ${limits.linesMax} here (batch.linesMax)`);
  const minMs = atMost(atLeast(settings.durationMs("backoff.init"), 1), weekMs);
  const maxMs = atMost(atLeast(settings.durationMs("backoff.max"), 1), weekMs);
  // They have to agree with each other, and with the default of the other one.
  const retry =
    minMs === undefined && maxMs === undefined
      ? undefined
      : { minMs: minMs ?? Math.min(100, maxMs ?? 100), maxMs: Math.max(maxMs ?? 10_000, minMs ?? 0) };
  return { batch: linesMax === undefined ? undefined : { linesMax }, retry };
}

function convertHosts(settings: Settings): readonly string[] {
  const port = settings.integer("port") ?? limits.portDefault;
  const given = settings.strings("hosts").map((host) => (/^([^:[\]]+|\[[^\]]+\])$/.test(host) ? `${host}:${port}` : host));
  const hosts = [...new Set(given.filter((host) => isHost(host)))];
  if (!given.every((host) => isHost(host))) {
    const others = given.filter((host) => !isHost(host)).join(", ");
    settings.error("hosts", `${others} is no host with a port: write output.lumberjack.hosts by hand`);
  } else if (hosts.length === 0) settings.note("hosts", "is empty: Filebeat then takes localhost, and so does the YAML");
  return hosts.length > 0 ? hosts : [`localhost:${limits.portDefault}`];
}

/** Every host that is kept busy takes at least one batch. */
function convertLoadBalance(settings: Settings, hosts: readonly string[]): true | undefined {
  if (!settings.boolean("loadbalance")) return undefined;
  if (hosts.length <= limits.underWayMax) return true;
  settings.error("loadbalance", `is for at most ${limits.underWayMax} hosts: name fewer in output.lumberjack.hosts`);
  return undefined;
}

function convertTimeout(settings: Settings): number | undefined {
  const givenMs = settings.durationMs("timeout");
  const timeoutMs = atMost(atLeast(givenMs, timeoutMsMin), weekMs);
  if (timeoutMs !== givenMs) settings.note("timeout", `became ${timeoutMs} ms, for it must be from ${timeoutMsMin} to ${weekMs}`);
  return timeoutMs;
}

function convertPipelining(settings: Settings): number | undefined {
  const given = settings.integer("pipelining");
  if (given === undefined) return undefined;
  const pipelining = Math.min(Math.max(given, 1), limits.pipeliningMax);
  if (pipelining !== given) settings.note("pipelining", `became ${pipelining}, for it must be from 1 to ${limits.pipeliningMax}`);
  return pipelining;
}

function isHost(text: string): boolean {
  try {
    parseHost(text);
    return true;
  } catch {
    return false;
  }
}
