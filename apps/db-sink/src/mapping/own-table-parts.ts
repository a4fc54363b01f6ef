import { type OwnTable, parseDatabaseUrl } from "@gatelog/database";
import { ConfigError, type Logger } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import type { DbSinkErrorCode } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { OnFault } from "./compile-column.ts";
import { checkMappingTypes, loadMapping } from "./load-mapping.ts";

/** Different faults that are told; all are counted. */
const toldMax = 100;

/** The team's own table as the configuration names it. **Errors**: ConfigError, a line per problem of the mapping. */
export function openOwnTable({ database }: Pick<Config, "database">, onFault?: OnFault): OwnTable | undefined {
  const { url, ownTable } = database;
  if (ownTable === undefined) return undefined;
  const { dialect } = parseDatabaseUrl(url);
  return loadMapping(ownTable.mapping, { dialect, besides: ownTable.besides, ...(onFault === undefined ? {} : { onFault }) });
}

/** Looks at the mapping as `--check` does: its types, if it is code, and its values. **Errors**: ConfigError. */
export function checkMappingFile(config: Pick<Config, "database">): void {
  const file = config.database.ownTable?.mapping;
  const problems = file !== undefined && /\.[cm]?[jt]s$/.test(file) ? checkMappingTypes(file).problems : [];
  if (problems.length > 0) throw new ConfigError(problems);
  openOwnTable(config);
}

/** Counts what values of the own table met, and tells each kind once. */
export function tellFaults(logger: Logger, metrics: Metrics): OnFault {
  const told = new Set<string>();
  return ({ column, message }) => {
    metrics.mappingFaults.inc({ column });
    const fault = `${column} ${message}`;
    if (told.has(fault) || told.size >= toldMax) return;
    told.add(fault);
    const code: DbSinkErrorCode = "GATELOG_DB_SINK_MAPPING_FAULT";
    logger.warn({ code, column }, `a value of the own table: ${fault}; told once, counted each time`);
  };
}
