import { checkMasking, maskingProperties } from "@gatelog/masking";
import type { ParsedLine } from "@gatelog/log-record";
import { Type } from "typebox";
import { EventMasker } from "../masking/event-masker.ts";
import type { WorkEvent } from "../work-event.ts";
import { assignField } from "./field-path.ts";
import { defineFilter } from "./filter.ts";

/** Keeps secrets out of every store behind it. */
export const mask = defineFilter({
  name: "mask",
  description:
    "Masks secrets and personal data in the line, in what parseRecord read of it and in the fields, for every output; stands before ecs, whose document is made of these.",
  schema: Type.Object(maskingProperties),
  effects: () => ["message", "fields"],
  check: checkMasking,
  create: (options) => {
    const masker = new EventMasker(options);
    return {
      apply: (event) => {
        if (event.type === "mark") return;
        maskLine(event, masker);
        if (event.parsed !== undefined) event.parsed = maskParsed(event.parsed, masker);
        maskFields(event, masker);
      },
    };
  },
});

/** A line that is not changed keeps its bytes, even those that are no text. */
function maskLine(event: WorkEvent, masker: EventMasker): void {
  const masked = masker.line(event.message);
  if (masked !== event.message) event.message = masked;
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
  const { fields } = event;
  for (const key of Object.keys(fields)) delete fields[key];
  for (const [key, value] of Object.entries(JSON.parse(masked) as Record<string, unknown>)) assignField(fields, key, value);
}
