export type { ConnectionOptions } from "./client.ts";
export { indexOf, type Refusal, type SearchDocument } from "./document.ts";
export { errors, type ElasticsearchErrorCode } from "./errors.ts";
export type { DayGenerations } from "./generation-answers.ts";
export { type GenerationsOptions, IndexGenerations, type Switch } from "./generations.ts";
export type { Prepared, PrepareOptions, ServerInfo } from "./prepare.ts";
export type { SearchQuery, SearchResult } from "./search.ts";
export {
  createSearchStore,
  type SearchStore,
  type SearchStoreEvent,
  type SearchStoreOptions,
  type SearchStoreStatus,
} from "./search-store.ts";
export type { ShardPage, ShardPageOptions, ShardSequence, StoredDocument } from "./stored-documents.ts";
export { type SearchTls, tlsConnector, type TlsMaterial } from "./tls.ts";
