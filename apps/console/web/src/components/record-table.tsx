import type { RecordSummary } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import type { Filters } from "../lib/filters.ts";
import type { RecordKey } from "../lib/location.ts";
import { keyOf } from "../lib/record-list.ts";
import { RecordRow } from "./record-row.tsx";

interface RecordTableProps {
  readonly records: readonly RecordSummary[];
  /** Keys of the rows that are shown to be new. */
  readonly arrived: ReadonlySet<string>;
  readonly filters: Filters;
  readonly openKey: RecordKey | undefined;
  readonly onOpen: (key: RecordKey) => void;
  /** The rows belong to the search before this one. */
  readonly dimmed: boolean;
}

const columns = ["time", "status", "method", "path", "route", "duration", "size", "client"] as const;

/** The records as a table; each row leads to its record. */
export function RecordTable({ records, arrived, filters, openKey, onOpen, dimmed }: RecordTableProps) {
  const { t } = useI18n();
  const open = openKey === undefined ? undefined : keyOf(openKey);
  return (
    <table className={dimmed ? "records is-dimmed" : "records"}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col" className={`cell-${column}`}>
              {t(`column.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <RecordRow
            key={keyOf(record)}
            record={record}
            filters={filters}
            isOpen={keyOf(record) === open}
            isNew={arrived.has(keyOf(record))}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </table>
  );
}
