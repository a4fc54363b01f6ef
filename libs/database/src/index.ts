export { compareCalls } from "./compare/compare-calls.ts";
export { findingKinds, type CompareOptions, type Comparison, type Finding, type FindingKind } from "./compare/comparison.ts";
export { openDatabase, type Database, type DatabaseEvent, type DatabaseOptions, type StoreBatch, type StoredCounts } from "./database.ts";
export { eraseCalls, type EraseOptions, type ErasureReceipt, type EraseRequest } from "./erase/erase-calls.ts";
export { DatabaseError, errors, type DatabaseErrorCode } from "./errors.ts";
export { checkOwnTable, type OwnTableReport } from "./own-table/check-own-table.ts";
export { ownTableDdl } from "./own-table/own-ddl.ts";
export { identifierMax, ownKeyCondition } from "./own-table/own-sql.ts";
export {
  ownDialects,
  ownTypes,
  type OwnColumn,
  type OwnDialect,
  type OwnRow,
  type OwnTable,
  type OwnType,
  type OwnValue,
} from "./own-table/own-table.ts";
export { runSelftest, type SelftestTarget } from "./selftest/run-selftest.ts";
export type { SessionRow, SqlSession, SqlStep, SqlValue } from "./sql-session.ts";
export { oracleDdl } from "./oracle/oracle-ddl.ts";
export { toMarkRow, type MarkRow } from "./mark-row.ts";
export { migrationSql, type MigrationSource, type MigrationState, type MigrationStatus } from "./migrate/migration-status.ts";
export type { MigrationReport } from "./migrate/run-migrations.ts";
export type { ApiRecord, FullRecord, ListedRecord } from "./reader/api-record.ts";
export { limitDefault, limitMax, type ListQuery } from "./reader/list-query.ts";
export { openReader, type CallReader, type ReaderStatus, type RecordPage } from "./reader/open-reader.ts";
export { countedColumns, RollUp, rollUpMeasures } from "./roll-up.ts";
export type { StoredCall, StoredCallsOptions } from "./stored-calls.ts";
export type { CallUpdate, UpdatedCounts } from "./update-calls.ts";
export type { ProjectRetention, Retention } from "./upkeep/retention.ts";
export { dayOf, undatedDay } from "./upkeep/retention.ts";
export type { DeletedRows, DeletionReason, UpkeepOptions, UpkeepReport } from "./upkeep/upkeep.ts";
export { dialects, parseDatabaseUrl, type DatabaseLocation, type Dialect, type WrittenDialect } from "./url.ts";
