import { Buffer } from "node:buffer";
import type { TailedFile } from "@gatelog/file-tail";
import { idFromGeneration } from "@gatelog/log-record";

/** What an input adds to its events. */
export interface InputFields {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly fieldsUnderRoot?: boolean;
  readonly tags?: readonly string[];
}

/** Keys of an event that the tailer writes itself; neither fields nor parsers replace them. */
export const ownKeys: ReadonlySet<string> = new Set([
  "@timestamp",
  "@metadata",
  "host",
  "agent",
  "log",
  "message",
  "gatelog",
  "fields",
  "tags",
]);

const beforeTimestamp = '{"@timestamp":"';
/** `YYYY-MM-DDTHH:mm:ss.sssZ`. */
export const timestampBytes = 24;
export const timestampAt = beforeTimestamp.length;

/** What is the same for all lines of a file: the event's beginning, up to the offset, and the beginning of a derived id. */
export interface EventHead {
  /** From `{` to `"offset":`; the time stands at `timestampAt`. */
  readonly bytes: Buffer;
  /** The first 24 characters of ids that are derived from the generation; the offset's 12 hexadecimal digits follow. */
  readonly idPrefix: Buffer;
  /** Keys of the event that are taken, which no parser writes again. */
  readonly keys: ReadonlySet<string>;
  /** The batch whose time stands in `bytes`. */
  batch: number;
}

export interface HeadOptions {
  readonly name: string;
  readonly version: string;
  /** `@metadata.beat`, by which Logstash configurations name indices. */
  readonly beat: string;
  readonly inputFieldsOf: (input: string) => InputFields;
}

/** Makes the head of a file's events. */
export function makeHead(file: TailedFile, { name, version, beat, inputFieldsOf }: HeadOptions): EventHead {
  const { path, inode, device, input, generation } = file;
  const { fields = {}, fieldsUnderRoot = false, tags = [] } = inputFieldsOf(input);
  const constant = {
    host: { name },
    agent: { name, type: "gatelog-tailer", version },
    fields: fieldsUnderRoot ? { input } : { ...fields, input },
    ...(fieldsUnderRoot ? without(ownKeys, fields) : {}),
    ...(tags.length === 0 ? {} : { tags }),
    "@metadata": { beat, type: "_doc", version },
    log: { file: { path, inode, device_id: device } },
  };
  // The object is left open behind log.file.
  const rest = `${JSON.stringify(constant).slice(1, -2)},"offset":`;
  return {
    bytes: Buffer.from(`${beforeTimestamp}${" ".repeat(timestampBytes)}",${rest}`),
    idPrefix: Buffer.from(idFromGeneration(generation, 0).slice(0, 24), "latin1"),
    keys: fieldsUnderRoot ? new Set([...ownKeys, ...Object.keys(fields)]) : ownKeys,
    batch: -1,
  };
}

/** Fields whose keys are not taken. */
export function without(keys: ReadonlySet<string>, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)));
}
