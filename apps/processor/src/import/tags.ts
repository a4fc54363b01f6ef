import { filterDefinitions } from "../filters/definitions.ts";
import { failureTagOf as tagOfDefinition } from "../filters/filter.ts";

/** The filters whose failures Logstash marks with a tag, by that tag. */
const filtersByTag: Readonly<Record<string, string>> = {
  _grokparsefailure: "grok",
  _jsonparsefailure: "json",
  _dissectfailure: "dissect",
  _dateparsefailure: "date",
  _geoip_lookup_failure: "geoip",
  _kv_filter_error: "kv",
};

/** The tag that a filter here leaves where it failed. */
export function failureTagOf(filter: string): string {
  const name = filter === "useragent" ? "userAgent" : filter;
  return tagOfDefinition(filterDefinitions.get(name) ?? { name });
}

/** The tag that stands here for one of Logstash's. */
export function ownTag(tag: string): string {
  const filter = filtersByTag[tag];
  return filter === undefined ? tag : failureTagOf(filter);
}
