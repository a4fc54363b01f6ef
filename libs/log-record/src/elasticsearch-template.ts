import { fieldNotes } from "./columns.ts";

type Mapping = Record<string, unknown>;

/** Raised whenever the mapping changes, so that an older gatelog does not overwrite a newer template. */
export const elasticsearchTemplateVersion = 1;

const keyword: Mapping = { type: "keyword", ignore_above: 1024 };

/** Fields that are no fields of the record. */
const otherFields: Readonly<Record<string, Mapping>> = {
  "@timestamp": { type: "date" },
  "ecs.version": keyword,
  "event.id": keyword,
  "event.kind": keyword,
  "event.category": keyword,
  "event.type": keyword,
  "event.dataset": keyword,
  "event.outcome": keyword,
  "event.original": { type: "keyword", index: false, doc_values: false },
  "gatelog.extra": { type: "text" },
  "gatelog.parse_error": { type: "text" },
};

/**
 * The composable index template of the daily indices `<prefix>-YYYY.MM.DD`, for Elasticsearch 7.8 and later and OpenSearch.
 *
 * **Guarantee**: `dynamic: false`: whatever documents hold, the mapping has these fields and no more; what has no field stays in `_source`.
 * It uses only field types of the free core (keyword, text, date, ip, long, double, boolean).
 */
export function elasticsearchTemplate(indexPrefix: string): Mapping {
  return {
    index_patterns: [`${indexPrefix}-*`],
    priority: 200,
    version: elasticsearchTemplateVersion,
    template: {
      // One copy on a cluster of one node stays green, and a second appears with a second node.
      settings: { index: { auto_expand_replicas: "0-1" } },
      mappings: { dynamic: false, date_detection: false, properties: properties() },
    },
    _meta: { description: "gatelog calls", managed_by: "gatelog" },
  };
}

function properties(): Mapping {
  const root: Mapping = {};
  for (const [path, mapping] of Object.entries(otherFields)) place(root, path.split("."), mapping);
  for (const { ecs, search } of fieldNotes.values()) place(root, ecs.split("."), search);
  return root;
}

function place(properties: Mapping, path: readonly string[], mapping: Mapping): void {
  const [name, ...rest] = path;
  if (rest.length === 0) {
    properties[name!] = mapping;
    return;
  }
  const parent = (properties[name!] ??= { properties: {} }) as { properties: Mapping };
  place(parent.properties, rest, mapping);
}
