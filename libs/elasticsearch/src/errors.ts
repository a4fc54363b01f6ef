/** Codes of this library's errors: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_ELASTICSEARCH_UNREACHABLE:
    "No node answers (refused, reset or timed out). Retried for ever; check the nodes' addresses and the network.",
  GATELOG_ELASTICSEARCH_OVERLOADED:
    "The cluster asks to come back later (429, 5xx, full queues, flood-stage disks). Retried for ever; give the cluster room.",
  GATELOG_ELASTICSEARCH_UNAUTHORIZED:
    "The cluster refuses the credentials or their rights (401, 403). Retried for ever; the user needs manage_index_templates, create_index and create.",
  GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE:
    "An index is closed, blocked, missing and not to be created, or the shard limit is reached. Retried for ever; open or unblock the index, or raise the limit.",
  GATELOG_ELASTICSEARCH_UNSUPPORTED:
    "The server is older than Elasticsearch 7.8 or is neither Elasticsearch nor OpenSearch. Retried for ever; point `nodes` at another server.",
  GATELOG_ELASTICSEARCH_UNEXPECTED:
    "The cluster answered something that gatelog does not know. Taken for transient and retried for ever; the reason is in the message.",
  GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED:
    "The cluster refused a document and also its minimal form. Permanent: the record goes to the dead letters with the reason.",
  GATELOG_ELASTICSEARCH_DOCUMENT_TOO_LARGE:
    "Even one document in its minimal form is larger than the cluster's http.max_content_length. Permanent: the record goes to the dead letters.",
  GATELOG_ELASTICSEARCH_GENERATION:
    "A day's name, or an index that was being built for it, is not what `reprocess` can go on with: somebody else made, removed or aliased it. Permanent; the sentence says which and what to do.",
  GATELOG_ELASTICSEARCH_CLOSED:
    "The store was used after it was closed, or a write was aborted because the app stops. Nothing was acknowledged.",
} as const;

export type ElasticsearchErrorCode = keyof typeof errors;
