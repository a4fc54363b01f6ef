import { fieldName, fieldOf, keysOf } from "./field-names.ts";
import { type Options, textsOf } from "./options.ts";
import type { Entry } from "./target.ts";
import { targetFilters as target } from "./target-filters.ts";

/** How a filter of Logstash's becomes filters of ours. **Errors**: NoEquivalent. */
type Convert = (options: Options) => readonly Entry[];

const fieldOr = (options: Options, name: string, fallback?: string) => {
  const text = options.text(name) ?? fallback;
  return text === undefined ? undefined : fieldOf(text);
};

/** By the plugin's name, what becomes of it. */
export const pluginFilters: Readonly<Record<string, Convert>> = {
  grok: (options) => {
    const patterns = Object.fromEntries(options.textHash("pattern_definitions"));
    options.error("patterns_dir", "is not read: copy the patterns that are used into patterns");
    options.note("timeout_millis", "has no equivalent: limits.filterEventMsMax holds for all filters");
    const tags = options.texts("tag_on_failure");
    const entries = options.hash("match");
    if (entries.length > 1)
      options.noteAll("has several fields in match, of which Logstash reads up to the first that matches: here each is read");
    return entries.map(({ key, value }) =>
      target.grok({
        source: fieldOf(key),
        match: textsOf(value),
        patterns: Object.keys(patterns).length === 0 ? undefined : patterns,
        target: fieldOr(options, "target"),
        breakOnMatch: options.boolean("break_on_match") === false ? false : undefined,
        overwrite: options.has("overwrite") ? options.texts("overwrite").map((text) => fieldOf(text)) : undefined,
        namedCapturesOnly: options.boolean("named_captures_only") === false ? false : undefined,
        keepEmptyCaptures: options.boolean("keep_empty_captures") === true ? true : undefined,
        tagOnFailure: options.has("tag_on_failure") ? tags : undefined,
      }),
    );
  },
  dissect: (options) => {
    const converted = Object.fromEntries(
      options.textHash("convert_datatype").map(([key, type]) => [fieldOf(key), type === "int" ? "integer" : type]),
    );
    const dissected = options.textHash("mapping").map(([key, pattern]) => target.dissect({ source: fieldOf(key), pattern }));
    return Object.keys(converted).length === 0 ? dissected : [...dissected, target.convert(converted)];
  },
  json: (options) => {
    const to = fieldOr(options, "target");
    return [
      target.json({
        source: fieldOr(options, "source", "message") ?? "message",
        target: to,
        overwriteMessage: to === undefined ? true : undefined,
        skipInvalid: options.boolean("skip_on_invalid_json") === true ? true : undefined,
      }),
    ];
  },
  kv: (options) => [
    target.kv({
      source: fieldOr(options, "source", "message"),
      target: fieldOr(options, "target"),
      fieldSeparators: options.text("field_split"),
      valueSeparators: options.text("value_split"),
      prefix: options.text("prefix"),
      trimKey: options.text("trim_key"),
      trimValue: options.text("trim_value"),
      includeBrackets: options.boolean("include_brackets") === false ? false : undefined,
      allowDuplicateValues: options.boolean("allow_duplicate_values") === false ? false : undefined,
      includeKeys: nonEmpty(options.texts("include_keys")),
      excludeKeys: nonEmpty(options.texts("exclude_keys")),
    }),
  ],
  date: (options) => {
    const [source = "message", ...formats] = options.texts("match");
    return [target.date({ source: fieldOf(source), formats, target: fieldOr(options, "target"), timeZone: options.text("timezone") })];
  },
  drop: (options) => {
    const percentage = options.number("percentage");
    options.noteAll("drops events for every output, as in Logstash; here they are counted");
    return [percentage === undefined || percentage >= 100 ? target.drop() : target.sample((100 - percentage) / 100)];
  },
  useragent: (options) => [target.userAgent({ source: fieldOr(options, "source"), target: fieldOr(options, "target") })],
  geoip: (options) => {
    const database = options.text("database");
    if (database === undefined) options.errorAll("needs a file: Logstash downloads a database by itself, here name one (.mmdb) as file");
    options.tell({
      fields: "has no equivalent: all fields are made",
      default_database_type: "is not needed: a file says by itself what it knows",
      cache_size: "has no equivalent: a bounded number of addresses is remembered",
    });
    options.noteAll("gives the names of ECS (geo.country_iso_code, geo.location, as.number), as Logstash 8 does, below target");
    const to = fieldOr(options, "target");
    return [
      target.geoip({
        source: fieldOr(options, "source"),
        target: to ?? ownerOf(options.text("source")),
        file: database ?? "/change-me/GeoLite2-City.mmdb",
        tagOnUnknown: options.has("tag_on_failure") ? options.texts("tag_on_failure") : ["_geoip_lookup_failure"],
      }),
    ];
  },
  cidr: (options) => {
    const [tag, ...moreTags] = options.texts("add_tag");
    const [field, ...moreFields] = options.textHash("add_field");
    const more = [moreTags.length > 0 && "add_tag", moreFields.length > 0 && "add_field"].filter((name) => name !== false);
    for (const name of [...more, "remove_field", "remove_tag"])
      options.error(name, "the filter cidr gives one tag and one field: write the rest by hand");
    const given = field === undefined ? {} : { target: fieldOf(field[0]), value: field[1] };
    return [target.cidr({ source: sourceOf(options.texts("address")[0]), networks: options.texts("network"), tag, ...given })];
  },
  translate: (options) => {
    const dictionary = Object.fromEntries(options.textHash("dictionary"));
    return [
      target.translate({
        source: fieldOr(options, options.first("source", "field")),
        target: fieldOr(options, options.first("target", "destination"), "translation"),
        map: Object.keys(dictionary).length === 0 ? undefined : dictionary,
        file: options.text("dictionary_path"),
        fallback: options.text("fallback"),
      }),
    ];
  },
  fingerprint: (options) => {
    const sources = options.texts("source");
    options.noteAll("makes a field only: an event's id is fixed when it arrives, and is the document's _id");
    return [
      target.fingerprint({
        fields: (sources.length === 0 ? ["message"] : sources).map((text) => fieldOf(text)),
        target: fieldOr(options, "target", "fingerprint"),
        method: options.text("method")?.toLowerCase(),
        key: options.text("key"),
      }),
    ];
  },
};

/** Why a filter is not translated, and what to do. */
export const untranslatedFilters: Readonly<Record<string, string>> = {
  urldecode: "has no equivalent: urlParts reads URLs; else write a script",
  ruby: "is code: write it as a script",
  prune: "has no equivalent: name the fields in remove, or write a script",
  aggregate: "joins events, which no filter here does: each event is its own",
  throttle: "has no equivalent: sample keeps a share of the events",
  clone: "has no equivalent: give an output a condition, and another one the rest",
  split: "makes several events of one, which no filter here does: split where the lines are written",
  multiline: "is the tailer's work: inputs[].parsers: [{ multiline: … }] there",
  csv: "has no equivalent: dissect reads columns that are not quoted",
  xml: "has no equivalent: write a script",
  dns: "has no equivalent: nothing here waits for another server within a filter",
  elasticsearch: "has no equivalent: nothing here waits for another server within a filter",
  http: "has no equivalent: nothing here waits for another server within a filter",
  jdbc_streaming: "has no equivalent: translate reads a table from a file",
  memcached: "has no equivalent: translate reads a table from a file",
  metrics: "has no equivalent: /metrics counts the events of each filter",
  uuid: "is not needed: each event has an id, gatelog.id",
  sleep: "has no equivalent",
  de_dot: "has no equivalent: rename the fields",
  syslog_pri: "has no equivalent: write a script",
};

function sourceOf(text: string | undefined): string | undefined {
  const inside = text === undefined ? undefined : /^%\{([^{}]+)\}$/.exec(text)?.[1];
  return text === undefined ? undefined : fieldOf(inside ?? text);
}

/** Where Logstash puts findings that have no target: beside `[source][ip]`. */
function ownerOf(source: string | undefined): string | undefined {
  const keys = source === undefined ? [] : keysOf(source);
  return keys.length > 1 && keys.at(-1) === "ip" ? fieldName(keys.slice(0, -1)) : undefined;
}

function nonEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
