const secondMs = 1000;
const minuteMs = 60_000;
/** Offsets change on the quarter hour at most. */
const offsetKeptMs = 15 * minuteMs;

let second = Number.NaN;
let secondText = "";
let offsetSlot = Number.NaN;
let offsetMinutes = 0;
let offsetText = "Z";

/**
 * A time in ISO 8601 with milliseconds and the machine's offset.
 *
 * **Shape**: `2026-11-23T16:00:00.000+08:00`.
 */
export function isoTime(epochMs: number): string {
  const whole = Math.floor(epochMs / secondMs);
  if (whole !== second) readSecond(whole);
  const ms = Math.floor(epochMs - whole * secondMs);
  return `${secondText}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}${offsetText}`;
}

/** `2026-11-23T16:00:00.` */
function readSecond(whole: number): void {
  second = whole;
  const epochMs = whole * secondMs;
  const slot = Math.floor(epochMs / offsetKeptMs);
  if (slot !== offsetSlot) readOffset(slot, epochMs);
  secondText = new Date(epochMs + offsetMinutes * minuteMs).toISOString().slice(0, 20);
}

function readOffset(slot: number, epochMs: number): void {
  offsetSlot = slot;
  offsetMinutes = -new Date(epochMs).getTimezoneOffset();
  const distance = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, "0");
  offsetText = offsetMinutes === 0 ? "Z" : `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}
