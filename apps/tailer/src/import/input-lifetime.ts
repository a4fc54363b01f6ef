import { defaultOf } from "@gatelog/service-kit";
import { configSchema } from "../config.ts";
import { atLeast, positive } from "./bounds.ts";
import type { InputNames } from "./input-names.ts";
import type { Settings } from "./settings.ts";
import type { TargetInput } from "./target.ts";

type Lifetime = Pick<
  TargetInput,
  "ignoreOlderMs" | "cleanInactiveMs" | "closeEof" | "closeRenamed" | "deleteAfterDelivery" | "deleteGraceMs"
>;

/** How long files are read, remembered and kept. */
export function convertLifetime(settings: Settings, names: InputNames): Lifetime {
  const ignoreOlderMs = positive(settings.durationMs("ignore_older"));
  settings.note(names.closeRemoved, "has no equivalent: a removed file is read to its end, and closed when it is delivered");
  settings.note(names.closeTimeout, "has no equivalent: a file is not closed before it is read to its end");
  return {
    ignoreOlderMs,
    cleanInactiveMs: convertCleanInactive(settings, names, ignoreOlderMs ?? 0),
    closeEof: settings.boolean(names.closeEof) ? true : undefined,
    closeRenamed: convertCloseRenamed(settings, names),
    ...convertDelete(settings),
  };
}

/** Filebeat's default where the input says nothing. */
const scanIntervalMsDefault = 10_000;

function convertCleanInactive(settings: Settings, names: InputNames, ignoreOlderMs: number): number | undefined {
  const wantedMs = positive(settings.durationMs("clean_inactive"));
  if (wantedMs === undefined) return undefined;
  if (ignoreOlderMs === 0) {
    settings.note("clean_inactive", "was left out, for it needs an ignore_older: the next scan would find what was forgotten");
    return undefined;
  }
  const least = ignoreOlderMs + (settings.durationMs(names.scanInterval) ?? scanIntervalMsDefault);
  if (wantedMs > least) return wantedMs;
  settings.note("clean_inactive", `must be above ignore_older and the interval of scans, and was raised to ${least + 1} ms`);
  return least + 1;
}

function convertCloseRenamed(settings: Settings, names: InputNames): true | undefined {
  if (!settings.boolean(names.closeRenamed)) return undefined;
  settings.note(names.closeRenamed, "became closeRenamed, which reads the file to its end first");
  return true;
}

const graceMsMin = defaultOf(configSchema.properties.close).removedMs;

function convertDelete(settings: Settings): Pick<Lifetime, "deleteAfterDelivery" | "deleteGraceMs"> {
  const keys = ["delete.enabled", "delete.on_close.eof", "delete.on_close.inactive"];
  const isWanted = keys.map((key) => settings.boolean(key) ?? false).includes(true);
  const graceMs = settings.durationMs("delete.grace_period");
  const deleteGraceMs = atLeast(graceMs, graceMsMin);
  if (!isWanted) {
    settings.note("delete.grace_period", "means nothing while delete.enabled is not true");
    return {};
  }
  settings.note("delete", "became deleteAfterDelivery, which deletes a file only when it is rotated, never the one that is written to");
  if (deleteGraceMs !== graceMs)
    settings.note(
      "delete.grace_period",
      `became ${deleteGraceMs} ms (deleteGraceMs), the least, for whoever writes a file may still hold it`,
    );
  return { deleteAfterDelivery: true, deleteGraceMs };
}
