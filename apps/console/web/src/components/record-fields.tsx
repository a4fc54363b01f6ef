import { ActionIcon, Tooltip } from "@mantine/core";
import type { RecordDetail } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { FilterIcon } from "./icons.tsx";

/** Fields that stand elsewhere on the page. */
const shownElsewhere = new Set<string>([
  "v",
  "hasBody",
  "requestContent",
  "responseContent",
  "requestHeaders",
  "responseHeaders",
  "error",
  "parseError",
  "rawLine",
  "requestTruncated",
  "responseTruncated",
  "requestEncoding",
  "responseEncoding",
  "query",
]);

interface RecordFieldsProps {
  readonly record: RecordDetail;
  readonly onPath: (path: string) => void;
}

/** Every other field of the record by its own name, so that nothing stored is hidden. */
export function RecordFields({ record, onPath }: RecordFieldsProps) {
  const { t } = useI18n();
  const fields = Object.entries(record).filter(([name, value]) => !shownElsewhere.has(name) && value !== undefined && value !== null);
  return (
    <section className="fields" aria-label={t("details")}>
      <h2>{t("details")}</h2>
      <dl>
        {fields.map(([name, value]) => (
          <div key={name} className="field">
            <dt>{name}</dt>
            <dd>
              {asText(value)}
              {name === "path" && (
                <Tooltip label={t("filterByPath")}>
                  <ActionIcon variant="subtle" color="gray" size="xs" aria-label={t("filterByPath")} onClick={() => onPath(String(value))}>
                    <FilterIcon />
                  </ActionIcon>
                </Tooltip>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return JSON.stringify(value);
}
