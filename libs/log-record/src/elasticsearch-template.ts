import { fieldNotes } from "./columns.ts";

type Mapping = Record<string, unknown>;

/** Raised whenever the template changes, so that an older gatelog does not overwrite a newer template. */
export const elasticsearchTemplateVersion = 3;

const keyword: Mapping = { type: "keyword", ignore_above: 1024 };
const long: Mapping = { type: "long" };
const text: Mapping = { type: "text" };

/** Fields that are no fields of the record. */
const otherFields: Readonly<Record<string, Mapping>> = {
  "@timestamp": { type: "date" },
  message: text,
  tags: keyword,
  "ecs.version": keyword,
  "event.id": keyword,
  "event.kind": keyword,
  "event.category": keyword,
  "event.type": keyword,
  "event.dataset": keyword,
  "event.outcome": keyword,
  "event.original": { type: "keyword", index: false, doc_values: false },
  "gatelog.id": keyword,
  "gatelog.extra": text,
  "gatelog.parse_error": text,
  "gatelog.filter_errors": keyword,
  // What Beats say of a line.
  "agent.id": keyword,
  "agent.name": keyword,
  "agent.type": keyword,
  "agent.version": keyword,
  "container.id": keyword,
  "host.name": keyword,
  "input.type": keyword,
  "log.file.path": keyword,
  "log.offset": long,
  "service.name": keyword,
  // What the filter geoip finds beside source.ip.
  "source.as.number": long,
  "source.as.organization.name": keyword,
  "source.geo.city_name": keyword,
  "source.geo.country_iso_code": keyword,
  "source.geo.country_name": keyword,
  "source.geo.location": { type: "geo_point", ignore_malformed: true },
  "source.geo.region_iso_code": keyword,
  "source.geo.region_name": keyword,
};

/** What the template is for. */
export interface ElasticsearchTemplateOptions {
  /** Prefix of the daily indices, or the whole name of the data stream. */
  readonly name: string;
  readonly isDataStream?: boolean;
  /** Whether fields that the template does not have are added to the mapping, up to the cluster's limit; default false. */
  readonly isDynamic?: boolean;
  /** Settings of the indices beside the template's own, such as the name of their lifecycle policy. */
  readonly indexSettings?: Readonly<Record<string, unknown>>;
}

/**
 * The composable index template of the daily indices `<name>-YYYY.MM.DD`, or of the data stream `<name>`, for Elasticsearch 7.8 (data streams: 7.9) and
 * later and OpenSearch.
 *
 * **Guarantee**: unless `isDynamic`, whatever documents hold, the mapping has these fields and no more; what has no field stays in `_source`. It
 * uses only field types of the free core (keyword, text, date, ip, geo_point, long, double, boolean). A longer name wins over a shorter one that
 * it begins with, so that templates of one cluster never stand in each other's way.
 */
export function elasticsearchTemplate(options: ElasticsearchTemplateOptions): Mapping {
  const { name, isDataStream = false, isDynamic = false, indexSettings = {} } = options;
  return {
    index_patterns: [isDataStream ? name : `${name}-*`],
    ...(isDataStream ? { data_stream: {} } : {}),
    priority: priorityMin + name.length,
    version: elasticsearchTemplateVersion,
    template: {
      // One copy on a cluster of one node stays green, and a second appears with a second node.
      settings: { index: { auto_expand_replicas: "0-1", ...indexSettings } },
      mappings: { ...(isDynamic ? dynamicMapping : { dynamic: false }), date_detection: false, properties: properties() },
    },
    _meta: { description: "gatelog calls", managed_by: "gatelog" },
  };
}

/** Above the clusters' own templates, such as those of `logs-*-*`, which have 100. */
const priorityMin = 200;

/** Text as words, as in ECS. */
const dynamicMapping: Mapping = {
  dynamic: true,
  dynamic_templates: [{ strings: { match_mapping_type: "string", mapping: keyword } }],
};

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
