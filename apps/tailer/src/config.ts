import { defaultLimits } from "@gatelog/file-tail";
import { commonConfig, Path } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";
import { inputSchema } from "./config/input.ts";
import { outputSchema } from "./config/output.ts";
import { KiB, MiB, weekMs } from "./config/units.ts";

/** The tailer's configuration: tailer.yaml. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9101 }),
  name: Type.Optional(
    Type.String({ minLength: 1, description: "Name of this machine in the events (host.name, agent.name); by default its host name." }),
  ),
  inputs: Type.Array(inputSchema, { minItems: 1, description: "What to read." }),
  registryDir: Path({
    description: "Where it is remembered what was delivered; one tailer at a time. Never lose it: files would be sent again.",
  }),
  output: outputSchema,
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
      description:
        "Bytes of lines that are sent at once; a single line is sent whatever its size. Compressed by Lumberjack, 28 MiB less limits.lineBytesMax at most.",
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
    deletedBytesMax: Type.Integer({
      default: defaultLimits.deletedBytesMax,
      minimum: 0,
      unit: "bytes",
      description:
        "Bytes of deleted files that are held open until they are delivered; what is over is given up, oldest first. 0: no bound.",
    }),
  }),
  scan: Type.Object({
    intervalMs: Type.Integer({
      default: defaultLimits.scanIntervalMs,
      minimum: 10,
      maximum: weekMs,
      unit: "ms",
      description: "How often directories are looked at. Notifications of the kernel only make it sooner.",
    }),
    pollMinMs: Type.Integer({
      default: defaultLimits.pollIntervalMsMin,
      minimum: 5,
      maximum: weekMs,
      unit: "ms",
      description: "How often an open file that grows is looked at.",
    }),
    pollMaxMs: Type.Integer({
      default: defaultLimits.pollIntervalMsMax,
      minimum: 5,
      maximum: weekMs,
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
  copyWaitMs: Type.Integer({
    default: defaultLimits.copyWaitMs,
    minimum: 100,
    unit: "ms",
    description: "How long a file that may be a copy (copytruncate) waits for its original to be truncated, from its last growth.",
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
  stallMs: Type.Integer({
    default: 300_000,
    minimum: 1000,
    maximum: weekMs,
    unit: "ms",
    description: "With something to deliver, an output that is ready and no progress for so long, the tailer is not ready.",
  }),
  retry: Type.Object({
    minMs: Type.Integer({ default: 100, minimum: 1, maximum: weekMs, unit: "ms", description: "First pause after the receiver failed." }),
    maxMs: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: weekMs,
      unit: "ms",
      description: "Longest pause while the receiver fails.",
    }),
  }),
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;

export { checkConfig } from "./config/check-config.ts";
