import { defaultOf } from "@gatelog/service-kit";
import { thirtyDaysMs, weekMs } from "../config/units.ts";
import { configSchema } from "../config.ts";
import { atLeast, atMost, positive } from "./bounds.ts";
import type { InputNames } from "./input-names.ts";
import type { Settings } from "./settings.ts";
import type { TargetConfig } from "./target.ts";

/** What Filebeat has for each input and the tailer once for all; and how to tell of it. */
export interface SharedSettings {
  readonly scanIntervalMs: number | undefined;
  readonly pollMinMs: number | undefined;
  readonly pollMaxMs: number | undefined;
  readonly closeInactiveMs: number | undefined;
  readonly lineBytesMax: number | undefined;
  readonly openFilesMax: number | undefined;
  readonly cleanRemoved: boolean | undefined;
  readonly tell: (name: SharedName, message: string) => void;
}

type NumberName = "scanIntervalMs" | "pollMinMs" | "pollMaxMs" | "closeInactiveMs" | "lineBytesMax";
type SharedName = NumberName | "openFilesMax" | "cleanRemoved";

/** Filebeat's defaults, which count for the inputs that say nothing. */
const filebeatDefaults = { scanIntervalMs: 10_000, closeInactiveMs: 5 * 60_000 };

/** The tailer's own. */
const ours = { scan: defaultOf(configSchema.properties.scan), limits: defaultOf(configSchema.properties.limits) };

const least = { scanIntervalMs: 10, pollMs: 5, closeInactiveMs: 10, lineBytes: 1024 };
const most = { lineBytes: 8 * 1024 * 1024, openFiles: 65_536 };

/** Reads them from one input. */
export function readShared(settings: Settings, names: InputNames): SharedSettings {
  const keys: Readonly<Record<SharedName, string>> = {
    scanIntervalMs: names.scanInterval,
    pollMinMs: names.pollMin,
    pollMaxMs: names.pollMax,
    closeInactiveMs: names.closeInactive,
    lineBytesMax: names.lineBytesMax,
    openFilesMax: "harvester_limit",
    cleanRemoved: "clean_removed",
  };
  return {
    scanIntervalMs: withinWeek(settings.durationMs(keys.scanIntervalMs)),
    pollMinMs: withinWeek(settings.durationMs(keys.pollMinMs)),
    pollMaxMs: withinWeek(settings.durationMs(keys.pollMaxMs)),
    closeInactiveMs: positive(settings.durationMs(keys.closeInactiveMs)),
    lineBytesMax: positive(settings.bytes(keys.lineBytesMax)),
    openFilesMax: positive(settings.integer(keys.openFilesMax)),
    cleanRemoved: settings.boolean(keys.cleanRemoved),
    tell: (name, message) => settings.note(keys[name], message),
  };
}

/** Makes one of all, so that the least is lost: the shortest pauses, the longest limits. */
export function mergeShared(inputs: readonly SharedSettings[]): Partial<TargetConfig> {
  const intervalMs = pick(inputs, "scanIntervalMs", Math.min, filebeatDefaults.scanIntervalMs);
  const inactiveMs = pick(inputs, "closeInactiveMs", Math.max, filebeatDefaults.closeInactiveMs);
  const scan = { intervalMs: atLeast(intervalMs, least.scanIntervalMs), ...mergePoll(inputs) };
  const close = { inactiveMs: atLeast(inactiveMs, least.closeInactiveMs) };
  tellShared(inputs, "scanIntervalMs", { value: scan.intervalMs, target: "scan.intervalMs, the shortest of all inputs" });
  tellShared(inputs, "closeInactiveMs", { value: close.inactiveMs, target: "close.inactiveMs, the longest of all inputs" });
  return {
    scan: orUndefined(scan),
    close: orUndefined(close),
    limits: orUndefined({ lineBytesMax: mergeLineBytes(inputs), openFilesMax: mergeOpenFiles(inputs) }),
    cleanRemovedMs: mergeCleanRemoved(inputs),
  };
}

function mergePoll(inputs: readonly SharedSettings[]): NonNullable<TargetConfig["scan"]> {
  const wanted = { min: pick(inputs, "pollMinMs", Math.min, Infinity), max: pick(inputs, "pollMaxMs", Math.min, Infinity) };
  if (wanted.min === undefined && wanted.max === undefined) return {};
  const pollMaxMs = Math.max(wanted.max ?? ours.scan.pollMaxMs, wanted.max === undefined ? (wanted.min ?? 0) : least.pollMs);
  const pollMinMs = Math.max(Math.min(wanted.min ?? ours.scan.pollMinMs, pollMaxMs), least.pollMs);
  tellShared(inputs, "pollMinMs", { value: pollMinMs, target: "scan.pollMinMs, the shortest of all inputs" });
  tellShared(inputs, "pollMaxMs", { value: pollMaxMs, target: "scan.pollMaxMs, the shortest of all inputs" });
  return { pollMinMs, pollMaxMs };
}

function mergeLineBytes(inputs: readonly SharedSettings[]): number | undefined {
  const longest = pick(inputs, "lineBytesMax", Math.max, ours.limits.lineBytesMax);
  if (longest === undefined) return undefined;
  const lineBytesMax = Math.min(Math.max(longest, least.lineBytes), most.lineBytes);
  for (const { lineBytesMax: given, tell } of inputs) {
    const which = given === lineBytesMax ? "" : `, which is ${lineBytesMax}`;
    if (given !== undefined)
      tell("lineBytesMax", `became limits.lineBytesMax, one for all inputs${which}; what receives such lines has to take them`);
  }
  return lineBytesMax;
}

function mergeOpenFiles(inputs: readonly SharedSettings[]): number | undefined {
  const limits = inputs.map(({ openFilesMax }) => openFilesMax);
  const sum = limits.reduce<number | undefined>(
    (total, limit) => (total === undefined || limit === undefined ? undefined : total + limit),
    0,
  );
  for (const { openFilesMax, tell } of inputs) {
    if (openFilesMax === undefined) continue;
    tell(
      "openFilesMax",
      sum === undefined
        ? "was left out: limits.openFilesMax is one for all inputs, and others have no limit"
        : "became a part of limits.openFilesMax, which is one for all inputs",
    );
  }
  return sum === undefined || inputs.length === 0 ? undefined : Math.min(sum, most.openFiles);
}

function mergeCleanRemoved(inputs: readonly SharedSettings[]): number | undefined {
  const isKept = inputs.some(({ cleanRemoved }) => cleanRemoved === false);
  const days = isKept ? "30 days" : "a day";
  for (const { cleanRemoved, tell } of inputs) {
    if (cleanRemoved !== undefined) tell("cleanRemoved", `became cleanRemovedMs: what is gone is forgotten after ${days}`);
  }
  return isKept ? thirtyDaysMs : undefined;
}

/** One value of all; `undefined` where no input says anything, so that the tailer's own default holds. */
function pick(
  inputs: readonly SharedSettings[],
  name: NumberName,
  which: (...values: number[]) => number,
  otherwise: number,
): number | undefined {
  if (inputs.every((input) => input[name] === undefined)) return undefined;
  return which(...inputs.map((input) => input[name] ?? otherwise));
}

/** Tells those inputs which wanted something else; and whose value it is that others get now, who did not ask for it. */
function tellShared(
  inputs: readonly SharedSettings[],
  name: NumberName,
  { value, target }: { readonly value: number | undefined; readonly target: string },
): void {
  const isForOthers = inputs.some((input) => input[name] === undefined);
  for (const input of inputs) {
    if (input[name] === undefined) continue;
    if (input[name] !== value) input.tell(name, `became ${target}: ${value} ms`);
    else if (isForOthers) input.tell(name, `became ${target}: ${value} ms, also for those that do not set it`);
  }
}

/** Longer is nothing looked away from. */
function withinWeek(value: number | undefined): number | undefined {
  return atMost(positive(value), weekMs);
}

/** An object without any value is left out. */
function orUndefined<T extends object>(value: T): T | undefined {
  return Object.values(value).every((inner) => inner === undefined) ? undefined : value;
}
