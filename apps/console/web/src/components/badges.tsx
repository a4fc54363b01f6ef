import { Badge, Tooltip } from "@mantine/core";
import type { RecordSummary } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { statusColor } from "../lib/format.ts";
import { LockIcon } from "./icons.tsx";

/** The HTTP status, coloured by class; 499 says that the client left. */
export function StatusBadge({ status }: { readonly status: number | undefined }) {
  const { t } = useI18n();
  return (
    <span className={`status status-${statusColor(status)}`} title={status === 499 ? t("clientLeft") : undefined}>
      {status ?? "–"}
    </span>
  );
}

/** What one should know before trusting the record's contents or its status: cut, masked, repaired, failed in spite of its status. */
export function Flags({ record }: { readonly record: RecordSummary }) {
  const { t } = useI18n();
  const isCut = record.requestTruncated === true || record.responseTruncated === true;
  const failedQuietly = record.success === false && record.status !== undefined && record.status < 400;
  return (
    <>
      {failedQuietly && (
        <Flag
          color="red"
          label={record.bizCode ?? t("failed")}
          hint={record.bizMessage ?? t("failedHint", { status: record.status ?? "" })}
        />
      )}
      {isCut && <Flag color="yellow" label={t("truncated")} hint={t("truncatedHint")} />}
      {record.redacted !== undefined && record.redacted.length > 0 && (
        <Tooltip label={t("redactedHint", { what: record.redacted.join(", ") })} multiline maw={420}>
          <span className="lock" role="img" aria-label={t("redacted")}>
            <LockIcon />
          </span>
        </Tooltip>
      )}
      {record.parseError !== undefined && (
        <Flag color="orange" label={t("parseError")} hint={t("parseErrorHint", { what: record.parseError })} />
      )}
    </>
  );
}

interface FlagProps {
  readonly color: string;
  readonly label: string;
  readonly hint: string;
}

function Flag({ color, label, hint }: FlagProps) {
  return (
    <Tooltip label={hint} multiline maw={420}>
      <Badge className="flag" color={color} variant="light" size="sm" radius="sm">
        {label}
      </Badge>
    </Tooltip>
  );
}
