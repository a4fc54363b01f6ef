import type { BodyRule } from "./body-text.ts";
import { readMediaType } from "./media-type.ts";

/** How much of a call is kept beside what the record says of it. */
export const captureLevels = ["off", "headers", "bodies"] as const;
export type CaptureLevel = (typeof captureLevels)[number];

/** The settings that a rule is made of. */
export interface CaptureSettings {
  readonly level: CaptureLevel;
  readonly bodyBytesMax: number;
  /** Share of successful calls, 0 to 1. */
  readonly sample: number;
  readonly slowerThanMs: number;
  /** `404`, `5xx`; empty: all. */
  readonly statuses: readonly string[];
  /** `application/json`, `text/*`; empty: all. */
  readonly contentTypes: readonly string[];
  readonly binary: "omitted" | "base64";
}

/** What is known of a call that has ended. */
export interface EndedCall {
  readonly id: string;
  readonly status: number;
  readonly isFailed: boolean;
  readonly durationMs: number;
}

/** What a route keeps of a call. */
export interface CaptureRule extends BodyRule {
  /** How much of this call is kept. */
  levelOf(call: EndedCall): CaptureLevel;
  /** True when a body of this type is kept. */
  takesType(contentType: string | undefined): boolean;
  /** How much of each body must be held until the call has ended. */
  readonly heldBytesMax: number;
}

/** Hexadecimal digits of a call's id that decide whether it is in the sample; they are random. */
const sampleDigits = 8;
const mediaTypesMax = 256;

/**
 * Makes the rule of a route.
 *
 * **Guarantee**: failures are always in the sample; the same call always gets the same answer.
 *
 * @param readsBodies the route's rules read bodies, so that these must be held even where they are not kept
 */
export function captureRule(settings: CaptureSettings, readsBodies = false): CaptureRule {
  const { level, sample, slowerThanMs, contentTypes } = settings;
  const statuses = new Set(settings.statuses);
  const isConditional = level !== "off" && (sample < 1 || slowerThanMs > 0 || statuses.size > 0);
  return {
    bodyBytesMax: settings.bodyBytesMax,
    binary: settings.binary,
    heldBytesMax: level === "bodies" || readsBodies ? settings.bodyBytesMax : 0,
    takesType: contentTypes.length === 0 ? () => true : typeFilter(contentTypes),
    levelOf(call) {
      if (!isConditional) return level;
      if (statuses.size > 0 && !statuses.has(String(call.status)) && !statuses.has(`${Math.floor(call.status / 100)}xx`)) return "off";
      if (call.isFailed) return level;
      return call.durationMs >= slowerThanMs && isInSample(call.id, sample) ? level : "off";
    },
  };
}

function isInSample(id: string, sample: number): boolean {
  return sample >= 1 || Number.parseInt(id.slice(-sampleDigits), 16) < sample * 16 ** sampleDigits;
}

function typeFilter(patterns: readonly string[]): (contentType: string | undefined) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.replaceAll(/[.+]/g, "\\$&").replaceAll("*", "[^/]*")}$`));
  const known = new Map<string, boolean>();
  return (contentType) => {
    const { name } = readMediaType(contentType);
    let answer = known.get(name);
    if (answer === undefined) {
      answer = expressions.some((expression) => expression.test(name));
      if (known.size < mediaTypesMax) known.set(name, answer);
    }
    return answer;
  };
}
