import { Type } from "typebox";
import { compileInstant, type InstantReader, isZone } from "./date-read.ts";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Characters that a time can have. */
const textLengthMax = 128;

const schema = Type.Object({
  source: fieldOption("Field that holds the time."),
  formats: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
    minItems: 1,
    description:
      "Formats, tried in turn: Joda's letters as in Logstash (`dd/MMM/yyyy:HH:mm:ss Z`, `MMM dd HH:mm:ss`; English names), ISO8601, UNIX (seconds), UNIX_MS, TAI64N.",
  }),
  timeZone: Type.Optional(
    Type.String({ description: "Time zone of times that name none, such as Asia/Shanghai or +08:00; default seedTimeZone." }),
  ),
  target: fieldOption("Field that gets the time, as ISO 8601 in UTC with milliseconds.", "@timestamp"),
});

/** Reads a time. */
export const date = defineFilter({
  name: "date",
  description:
    "Reads a time from a text or a number. A year that is not there is the one nearest to the event's time. The event's own time, by which it is filed, is fixed once and stays.",
  schema,
  failureTag: "_dateparsefailure",
  effects: ({ target }) => effectsOn([target]),
  check: ({ source, formats, timeZone, target }) => [
    ...checkSource(source, ["source"]),
    ...checkTarget(target, ["target"]),
    ...(timeZone !== undefined && !isZone(timeZone)
      ? [{ path: ["timeZone"], message: `${timeZone} is no time zone: write one like UTC or Asia/Shanghai` }]
      : []),
    ...formats.flatMap((format, index) => {
      const compiled = compileInstant(format, "UTC");
      return typeof compiled === "string" ? [{ path: ["formats", index], message: compiled }] : [];
    }),
  ],
  create: ({ source, formats, timeZone, target }, { seedTimeZone }) => {
    const [from, to] = [pathOf(source), pathOf(target)];
    const readers = formats.map((format) => readerOf(format, timeZone ?? seedTimeZone));
    return {
      apply: (event) => {
        const found = from.get(event);
        const value: unknown = Array.isArray(found) ? found[0] : found;
        if (value === undefined || value === null) return;
        if (typeof value !== "number" && (typeof value !== "string" || value.length > textLengthMax))
          throw new FilterFailure(`${source} is no time`);
        const given = typeof value === "string" ? value.trim() : value;
        for (const read of readers) {
          const ms = read(given, event.time);
          if (ms !== undefined) return to.set(event, new Date(ms).toISOString());
        }
        throw new FilterFailure(`${source} has ${JSON.stringify(given)}, which is in none of the formats`);
      },
    };
  },
});

function readerOf(format: string, timeZone: string): InstantReader {
  const reader = compileInstant(format, timeZone);
  if (typeof reader === "string") throw new Error(reader);
  return reader;
}
