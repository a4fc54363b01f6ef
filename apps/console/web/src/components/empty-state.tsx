import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useI18n } from "../i18n/index.tsx";
import { fetchAbout } from "../lib/api.ts";
import { noFilters, type Filters } from "../lib/filters.ts";
import { CopyButton } from "./copy-button.tsx";

interface EmptyStateProps {
  readonly filtered: boolean;
  readonly onFilters: (filters: Filters) => void;
}

/** No rows: either nothing matches, or nothing came yet; then what to type to make something come. */
export function EmptyState({ filtered, onFilters }: EmptyStateProps) {
  const { t } = useI18n();
  if (!filtered) return <FirstCall />;
  return (
    <div className="empty">
      <h2>{t("noMatchTitle")}</h2>
      <p>{t("noMatchText")}</p>
      <Button variant="light" onClick={() => onFilters(noFilters)}>
        {t("clearFilters")}
      </Button>
    </div>
  );
}

function FirstCall() {
  const { t } = useI18n();
  const about = useQuery({ queryKey: ["about"], queryFn: ({ signal }) => fetchAbout(signal), staleTime: Number.POSITIVE_INFINITY });
  const command = `curl -X POST -H 'content-type: application/json' \\
  -d '{"title":"你好, gatelog"}' \\
  ${about.data?.gatewayUrl ?? "http://127.0.0.1:9000"}/springboot-demo/hello`;
  return (
    <div className="empty">
      <svg width="64" height="64" viewBox="0 0 32 32" aria-hidden="true" className="empty-art">
        <path d="M6 27V14a10 10 0 0 1 20 0v13" fill="none" stroke="currentColor" strokeWidth="1.500" strokeLinecap="round" />
        <path d="M11 17h10M11 21.500h10M11 26h6" stroke="currentColor" strokeWidth="1.500" strokeLinecap="round" opacity="0.500" />
      </svg>
      <h2>{t("emptyTitle")}</h2>
      <p>{t("emptyText")}</p>
      <div className="code-block">
        <pre>{command}</pre>
        <CopyButton text={command} label={t("copy")} />
      </div>
      <p className="dim">{t("emptyOwn")}</p>
    </div>
  );
}
