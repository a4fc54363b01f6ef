import { checkMasking, maskingProperties } from "@gatelog/masking";
import type { ParsedLine } from "@gatelog/log-record";
import { Type } from "typebox";
import { EventMasker } from "../masking/event-masker.ts";
import { maskingLimit, omittedTag } from "../masking/limit.ts";
import type { WorkEvent } from "../work-event.ts";
import { assignField } from "./field-path.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Keeps secrets out of every store behind it. */
export const mask = defineFilter({
  name: "mask",
  description:
    "Masks secrets and personal data in the line, in what parseRecord read of it and in the fields, for every output; stands before ecs, whose document is made of these.",
  schema: Type.Object({ ...maskingProperties, ...maskingLimit }),
  effects: () => ["message", "fields"],
  check: checkMasking,
  create: (options) => {
    const masker = new EventMasker(options);
    return {
      apply: (event) => maskWhole(event, masker),
      // Once more it would take as long.
      late: (event, isCause) => (isCause ? omitWhole(event) : maskWhole(event, masker)),
    };
  },
});

/** **Guarantee**: what could not be masked is omitted. */
function maskWhole(event: WorkEvent, masker: EventMasker): void {
  if (event.type === "mark") return;
  try {
    maskParts(event, masker);
  } catch (error) {
    if (error instanceof FilterFailure) throw error;
    omitWhole(event);
    // What the error says may have the secret in it.
    throw new FilterFailure(`omitted the event, which could not be masked (${error instanceof Error ? error.name : "unknown"})`);
  }
}

function maskParts(event: WorkEvent, masker: EventMasker): void {
  const { message, fieldsJson } = event;
  maskLine(event, masker);
  if (event.parsed !== undefined) event.parsed = masker.isTooLong(message) ? omitted(event.message) : maskParsed(event.parsed, masker);
  maskFields(event, masker);
  for (const [what, text] of [
    ["line", message],
    ["fields", fieldsJson],
  ] as const)
    if (masker.isTooLong(text)) throw new FilterFailure(`omitted the ${what}, longer than charsMax`);
}

/** Line, what was read of it, and fields; a mark holds nothing that is masked. */
function omitWhole(event: WorkEvent): void {
  if (event.type === "mark") return;
  event.message = "(omitted: it could not be masked)";
  if (event.parsed !== undefined) event.parsed = omitted(event.message);
  replaceFields(event, { tags: [omittedTag] });
}

/** A line that is not changed keeps its bytes, even those that are no text. */
function maskLine(event: WorkEvent, masker: EventMasker): void {
  const masked = masker.line(event.message);
  if (masked !== event.message) event.message = masked;
}

/** What was read of a line that is omitted goes with it. */
function omitted(line: string): ParsedLine {
  return { kind: "unparsed", error: "the line could not be masked", raw: line };
}

function maskParsed(parsed: ParsedLine, masker: EventMasker): ParsedLine {
  if (parsed.kind === "mark") return parsed;
  if (parsed.kind === "unparsed") return { ...parsed, raw: masker.line(parsed.raw) };
  const { id, requestTime, gateway, boot } = parsed.record;
  const record = { ...masker.object(parsed.record), id, requestTime, gateway, boot };
  return parsed.extra === undefined ? { ...parsed, record } : { ...parsed, record, extra: masker.object(parsed.extra) };
}

function maskFields(event: WorkEvent, masker: EventMasker): void {
  const json = event.fieldsJson;
  const masked = masker.fieldsJson(json);
  if (masked === json) return;
  replaceFields(event, JSON.parse(masked) as Record<string, unknown>);
}

function replaceFields({ fields }: WorkEvent, values: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(fields)) delete fields[key];
  for (const [key, value] of Object.entries(values)) assignField(fields, key, value);
}
