import { defaultOf } from "@gatelog/service-kit";
import { kafkaSchema } from "../config/output.ts";
import { configSchema } from "../config.ts";
import type { ImportNotes } from "./import-notes.ts";
import { excludeOwnOutput } from "./own-output.ts";
import type { TargetConfig, TargetInput } from "./target.ts";

/** The tailer's defaults, with which what an import writes has to agree. */
const { scan, close, limits, batch, cleanRemovedMs } = configSchema.properties;
const defaults = {
  scan: defaultOf(scan),
  close: defaultOf(close),
  cleanRemovedMs: defaultOf(cleanRemovedMs),
  lineBytesMax: defaultOf(limits).lineBytesMax,
  batchBytesMax: defaultOf(batch).bytesMax,
  requestBytesMax: defaultOf(kafkaSchema.properties.requestBytesMax),
};

/**
 * Makes values that came from different places agree, as the tailer's configuration asks for.
 *
 * **Guarantee**: what is changed is told.
 */
export function agree(config: TargetConfig, notes: ImportNotes): TargetConfig {
  const limits = agreeLineBytes(config, notes);
  const lineBytesMax = limits?.lineBytesMax ?? defaults.lineBytesMax;
  return {
    ...config,
    inputs: config.inputs.map((input, index) => {
      const cleanInactiveMs = agreeCleanInactive(config, index, notes);
      const kept = agreeDeletion(input, index, notes);
      const agreed = excludeOwnOutput(kept, { key: `inputs[${index}]`, file: config.output.file }, notes);
      return cleanInactiveMs === input.cleanInactiveMs ? agreed : { ...agreed, cleanInactiveMs };
    }),
    limits,
    batch: lineBytesMax > defaults.batchBytesMax ? { ...config.batch, bytesMax: lineBytesMax } : config.batch,
    scan: agreePoll(config.scan),
    cleanRemovedMs: agreeCleanRemoved(config),
  };
}

/** A line has to fit into a message of Kafka. */
function agreeLineBytes({ limits, output }: TargetConfig, notes: ImportNotes): TargetConfig["limits"] {
  if (output.topic === undefined) return limits;
  const most = output.topic.kafka.requestBytesMax ?? defaults.requestBytesMax;
  if ((limits?.lineBytesMax ?? defaults.lineBytesMax) <= most) return limits;
  notes.addGeneral("limits.lineBytesMax", `became ${most}, for a line has to fit into a message of Kafka`);
  return { ...limits, lineBytesMax: most };
}

/** A file that is forgotten while it is open, or found by the next scan, would be sent again. */
function agreeCleanInactive(config: TargetConfig, index: number, notes: ImportNotes): number | undefined {
  const { cleanInactiveMs, ignoreOlderMs = 0 } = config.inputs[index] ?? {};
  if (cleanInactiveMs === undefined) return undefined;
  const intervalMs = config.scan?.intervalMs ?? defaults.scan.intervalMs;
  const inactiveMs = config.close?.inactiveMs ?? defaults.close.inactiveMs;
  const agreed = Math.max(cleanInactiveMs, ignoreOlderMs + intervalMs + 1, inactiveMs + 1);
  if (agreed !== cleanInactiveMs) {
    notes.addGeneral(
      `inputs[${index}].cleanInactiveMs`,
      `became ${agreed}, for it must be above close.inactiveMs and ignoreOlderMs + scan.intervalMs`,
    );
  }
  return agreed;
}

/** What was passed over must not be deleted as if it had been delivered. */
function agreeDeletion(input: TargetInput, index: number, notes: ImportNotes): TargetInput {
  if (input.startAt !== "end" || input.deleteAfterDelivery !== true) return input;
  notes.addGeneral(`inputs[${index}].deleteAfterDelivery`, "was left out: startAt: end passes over what would be deleted undelivered");
  return { ...input, deleteAfterDelivery: undefined, deleteGraceMs: undefined };
}

function agreePoll(scan: TargetConfig["scan"]): TargetConfig["scan"] {
  if (scan === undefined) return undefined;
  const intervalMs = scan.intervalMs ?? defaults.scan.intervalMs;
  const pollMaxMs = Math.min(scan.pollMaxMs ?? defaults.scan.pollMaxMs, intervalMs);
  const pollMinMs = Math.min(scan.pollMinMs ?? defaults.scan.pollMinMs, pollMaxMs);
  const agreed = {
    intervalMs: scan.intervalMs,
    pollMinMs: pollMinMs === defaults.scan.pollMinMs ? undefined : pollMinMs,
    pollMaxMs: pollMaxMs === defaults.scan.pollMaxMs ? undefined : pollMaxMs,
  };
  return Object.values(agreed).every((value) => value === undefined) ? undefined : agreed;
}

/** A file that is merely missed by a scan, or still read, must not be forgotten. */
function agreeCleanRemoved({ cleanRemovedMs, scan }: TargetConfig): number | undefined {
  const wanted = cleanRemovedMs ?? defaults.cleanRemovedMs;
  const agreed = Math.max(wanted, defaults.close.removedMs + (scan?.intervalMs ?? defaults.scan.intervalMs) + 1);
  return agreed === defaults.cleanRemovedMs ? undefined : agreed;
}
