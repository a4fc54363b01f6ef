import { ActionIcon, Tooltip } from "@mantine/core";
import type { RecordDetail } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { toCurl } from "../lib/curl.ts";
import { StatusBadge } from "./badges.tsx";
import { CopyButton } from "./copy-button.tsx";
import { ChevronDownIcon, ChevronUpIcon, CloseIcon, LinkIcon, TerminalIcon } from "./icons.tsx";

interface RecordToolbarProps {
  readonly record: RecordDetail | undefined;
  readonly newer: (() => void) | undefined;
  readonly older: (() => void) | undefined;
  readonly onClose: () => void;
}

/** Above an open record: which one, to its neighbours, and what can be taken along. */
export function RecordToolbar({ record, newer, older, onClose }: RecordToolbarProps) {
  const { t } = useI18n();
  return (
    <div className="record-toolbar">
      <div className="record-title">
        {record !== undefined && <StatusBadge status={record.status} />}
        <span className={`method method-${record?.method ?? "none"}`}>{record?.method}</span>
        <span className="record-path" title={record?.url}>
          {record?.path ?? record?.url ?? record?.id}
        </span>
      </div>
      <div className="record-actions">
        {record !== undefined && (
          <>
            <CopyButton text={toCurl(record)} label={t("copyCurl")} icon={<TerminalIcon />} />
            <CopyButton text={`${location.origin}/records/${record.day}/${record.id}`} label={t("copyLink")} icon={<LinkIcon />} />
          </>
        )}
        <Step label={t("newer")} action={newer} icon={<ChevronUpIcon />} />
        <Step label={t("older")} action={older} icon={<ChevronDownIcon />} />
        <ActionIcon variant="subtle" color="gray" aria-label={t("close")} onClick={onClose}>
          <CloseIcon size={18} />
        </ActionIcon>
      </div>
    </div>
  );
}

interface StepProps {
  readonly label: string;
  readonly action: (() => void) | undefined;
  readonly icon: React.ReactNode;
}

function Step({ label, action, icon }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} disabled={action === undefined} onClick={action}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
