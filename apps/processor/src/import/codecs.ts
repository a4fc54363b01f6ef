import type { ImportNotes } from "./import-notes.ts";
import type { Plugin, Value } from "./logstash-syntax.ts";
import { Options } from "./options.ts";

/** A codec of a plugin, with its options. */
export interface CodecOf {
  readonly name: string;
  readonly options: Options;
}

/** The codec of a plugin; `fallback` is what Logstash takes where none is named. */
export function codecOf(options: Options, fallback: string, notes: ImportNotes): CodecOf {
  const value: Value | undefined = options.value("codec");
  const place = value?.place ?? options.plugin.place;
  const name = value?.kind === "plugin" ? value.plugin.name : value?.kind === "text" ? value.text : fallback;
  const plugin: Plugin = value?.kind === "plugin" ? value.plugin : { kind: "plugin", name, attributes: [], place };
  return { name, options: new Options(plugin, "codec", notes) };
}
