import { defaultLimits } from "@gatelog/file-tail";
import { isTimeZone } from "@gatelog/log-record";
import { parseHost } from "@gatelog/lumberjack";
import { commonConfig, type ConfigProblem, exactlyOne, Path } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

const KiB = 1024;
const MiB = 1024 * KiB;

const input = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128, description: "Unique name of the input; the registry remembers files by it." }),
  paths: Type.Array(Path(), {
    minItems: 1,
    description: "Files to read: paths or globs (*, ?, [...], {a,b}, **). Match rotated names too.",
  }),
  exclude: Type.Array(Path(), { default: [], description: "Globs of files that are not read although paths match them." }),
  seedTimeZone: Type.String({
    default: "UTC",
    minLength: 1,
    description: "Time zone of lines whose times have none, e.g. Asia/Shanghai; fixed once, for it decides a record's day.",
  }),
  deleteAfterDelivery: Type.Boolean({ default: false, description: "Delete a file when it is rotated and delivered. Not available yet." }),
});

const lumberjack = Type.Object(
  {
    hosts: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: "Receivers as name:port; the first that can be reached is used, after a failure the next.",
    }),
    compressionLevel: Type.Integer({ default: 3, minimum: 0, maximum: 9, description: "0 sends plain frames, 9 compresses most." }),
    timeoutMs: Type.Integer({
      default: 30_000,
      minimum: 100,
      unit: "ms",
      description: "How long a receiver may answer nothing, not even a keep-alive, while events wait for its acknowledgement.",
    }),
    connectTimeoutMs: Type.Integer({ default: 10_000, minimum: 100, unit: "ms", description: "How long connecting may take." }),
  },
  { description: "Lumberjack version 2, to the gatelog processor or to Logstash's beats input." },
);

/** The tailer's configuration: tailer.yaml. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9101 }),
  name: Type.Optional(
    Type.String({ minLength: 1, description: "Name of this machine in the events (host.name, agent.name); by default its host name." }),
  ),
  inputs: Type.Array(input, { minItems: 1, description: "What to read." }),
  registryDir: Path({
    description: "Where it is remembered what was delivered; one tailer at a time. Never lose it: files would be sent again.",
  }),
  output: exactlyOne({ lumberjack }, {}, { description: "Where events go." }),
  batch: Type.Object({
    linesMax: Type.Integer({
      default: defaultLimits.batchLinesMax,
      minimum: 1,
      maximum: 65_536,
      description: "Lines that are sent at once.",
    }),
    bytesMax: Type.Integer({
      default: defaultLimits.batchBytesMax,
      minimum: KiB,
      maximum: 64 * MiB,
      unit: "bytes",
      description: "Bytes of lines that are sent at once; a single line is sent whatever its size.",
    }),
    underWayMax: Type.Integer({
      default: defaultLimits.deliveriesMax,
      minimum: 1,
      maximum: 16,
      description: "Batches that wait for their acknowledgement at the same time.",
    }),
  }),
  limits: Type.Object({
    lineBytesMax: Type.Integer({
      default: 960 * KiB,
      minimum: KiB,
      maximum: 8 * MiB,
      unit: "bytes",
      description: "Longest line; a longer one is cut and flagged. Above the gateway's log.lineBytesMax, and below a Kafka message.",
    }),
    openFilesMax: Type.Integer({
      default: defaultLimits.openFilesMax,
      minimum: 1,
      maximum: 65_536,
      description: "Files that are open at the same time; further ones wait.",
    }),
    filesMax: Type.Integer({
      default: defaultLimits.filesMax,
      minimum: 1,
      description: "Files that the registry remembers; further ones wait.",
    }),
  }),
  scan: Type.Object({
    intervalMs: Type.Integer({
      default: defaultLimits.scanIntervalMs,
      minimum: 10,
      unit: "ms",
      description: "How often directories are looked at. Notifications of the kernel only make it sooner.",
    }),
    pollMinMs: Type.Integer({
      default: defaultLimits.pollIntervalMsMin,
      minimum: 5,
      unit: "ms",
      description: "How often an open file that grows is looked at.",
    }),
    pollMaxMs: Type.Integer({
      default: defaultLimits.pollIntervalMsMax,
      minimum: 5,
      unit: "ms",
      description: "How often an open file that does not grow is looked at.",
    }),
    hints: Type.Boolean({ default: true, description: "Whether to use the kernel's notifications; false polls alone." }),
  }),
  close: Type.Object({
    inactiveMs: Type.Integer({
      default: defaultLimits.closeInactiveMs,
      minimum: 10,
      unit: "ms",
      description: "A file that did not grow for so long is closed, and opened again when it grows.",
    }),
    removedMs: Type.Integer({
      default: defaultLimits.closeRemovedMs,
      minimum: 10,
      unit: "ms",
      description: "A file that left its directory is closed when it is delivered and did not grow for so long.",
    }),
  }),
  cleanRemovedMs: Type.Integer({
    default: defaultLimits.cleanRemovedMs,
    minimum: 1000,
    unit: "ms",
    description: "A file that is gone for so long is forgotten.",
  }),
  registryFlushMs: Type.Integer({
    default: defaultLimits.registryFlushMs,
    minimum: 1,
    maximum: 60_000,
    unit: "ms",
    description: "Acknowledged offsets reach the disk within this time; a crash sends again what was acknowledged in it.",
  }),
  retry: Type.Object({
    minMs: Type.Integer({ default: 100, minimum: 1, unit: "ms", description: "First pause after the receiver failed." }),
    maxMs: Type.Integer({ default: 10_000, minimum: 1, unit: "ms", description: "Longest pause while the receiver fails." }),
  }),
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;

/** Relations between values, which the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  return [...checkInputs(config), ...checkHosts(config), ...checkTimes(config)];
}

function checkInputs({ inputs }: Config): ConfigProblem[] {
  const seen = new Set<string>();
  return inputs.flatMap(({ id, seedTimeZone, deleteAfterDelivery }, index) => {
    const problems: ConfigProblem[] = [];
    if (seen.has(id)) problems.push({ path: ["inputs", index, "id"], message: `two inputs have the id ${id}: give each its own` });
    seen.add(id);
    if (!isTimeZone(seedTimeZone)) {
      problems.push({
        path: ["inputs", index, "seedTimeZone"],
        message: `${seedTimeZone} is no time zone: write one like UTC or Asia/Shanghai`,
      });
    }
    if (deleteAfterDelivery) {
      problems.push({
        path: ["inputs", index, "deleteAfterDelivery"],
        message: "true is not available yet: leave it out and let logrotate or a cron job remove old files",
      });
    }
    return problems;
  });
}

function checkHosts({ output }: Config): ConfigProblem[] {
  return output.lumberjack.hosts.flatMap((host, index) => {
    try {
      parseHost(host);
      return [];
    } catch (error) {
      return [{ path: ["output", "lumberjack", "hosts", index], message: error instanceof Error ? error.message : String(error) }];
    }
  });
}

function checkTimes({ scan, close, cleanRemovedMs, retry }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (retry.minMs > retry.maxMs) problems.push({ path: ["retry", "minMs"], message: "must not be above retry.maxMs" });
  if (scan.pollMinMs > scan.pollMaxMs) problems.push({ path: ["scan", "pollMinMs"], message: "must not be above scan.pollMaxMs" });
  // A file that is merely being renamed may be missed by one scan; it must not be forgotten for that.
  if (cleanRemovedMs <= close.removedMs + scan.intervalMs) {
    problems.push({
      path: ["cleanRemovedMs"],
      message: "must be above close.removedMs + scan.intervalMs: a file would be forgotten while it is still read",
    });
  }
  return problems;
}
