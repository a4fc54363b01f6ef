import { ownKeys, without } from "../event-head.ts";
import { nonEmpty } from "./input-lines.ts";
import type { Settings } from "./settings.ts";
import type { TargetInput } from "./target.ts";

type EventFields = Pick<TargetInput, "fields" | "fieldsUnderRoot" | "tags">;

/** What every event of a file gets; Filebeat has it for all inputs and for each. */
export interface FixedFields {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly isUnderRoot: boolean;
  readonly tags: readonly string[];
}

/** Reads `fields`, `fields_under_root` and `tags`, of the file's top level or of an input. */
export function readFixedFields(settings: Settings): FixedFields {
  const fields = settings.value("fields");
  return {
    fields: typeof fields === "object" && fields !== null && !Array.isArray(fields) ? (fields as Record<string, unknown>) : {},
    isUnderRoot: settings.boolean("fields_under_root") ?? false,
    tags: settings.strings("tags"),
  };
}

/** Joins those of all inputs with those of one, whose own count more. */
export function convertFields(settings: Settings, common: FixedFields): EventFields {
  const own = readFixedFields(settings);
  const [hasOwn, hasCommon] = [Object.keys(own.fields).length > 0, Object.keys(common.fields).length > 0];
  if (hasOwn && hasCommon && own.isUnderRoot !== common.isUnderRoot) {
    settings.error(
      "fields",
      "stand elsewhere in the event than the fields of all inputs (fields_under_root): put them in one place by hand",
    );
  }
  const typed = withDocumentType(settings, { ...common.fields, ...own.fields }, hasOwn ? own.isUnderRoot : common.isUnderRoot);
  const fields = typed.isUnderRoot ? withoutOwn(settings, typed.fields) : typed.fields;
  const hasFields = Object.keys(fields).length > 0;
  return {
    fields: hasFields ? fields : undefined,
    fieldsUnderRoot: typed.isUnderRoot && hasFields ? true : undefined,
    tags: nonEmpty([...new Set([...common.tags, ...own.tags])]),
  };
}

/** Filebeat 5 sends `document_type` as `type`, beside the message. */
function withDocumentType(
  settings: Settings,
  fields: Readonly<Record<string, unknown>>,
  isUnderRoot: boolean,
): { fields: Readonly<Record<string, unknown>>; isUnderRoot: boolean } {
  const type = settings.string("document_type");
  if (type === undefined) return { fields, isUnderRoot };
  if (isUnderRoot || Object.keys(fields).length === 0) return { fields: { ...fields, type }, isUnderRoot: true };
  settings.note("document_type", "became fields.type: where something after the tailer asks for [type], let it ask for [fields][type]");
  return { fields: { ...fields, type }, isUnderRoot: false };
}

/** In Filebeat they would replace what the event has of its own. */
function withoutOwn(settings: Settings, fieldsUnderRoot: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const clashing = Object.keys(fieldsUnderRoot).filter((key) => ownKeys.has(key));
  if (clashing.length === 0) return fieldsUnderRoot;
  const message = `the event has its own ${clashing.join(", ")}, so that a field of that name was left out: call it something else`;
  if (settings.has("fields")) settings.error("fields", message);
  else settings.errorAll(message);
  return without(ownKeys, fieldsUnderRoot);
}
