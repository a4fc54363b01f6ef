import { Alert } from "@mantine/core";
import { useI18n } from "../i18n/index.tsx";
import { ApiError } from "../lib/api.ts";

interface ErrorBannerProps {
  readonly error: Error;
  /** Something from before the error is still shown. */
  readonly hasOldData?: boolean;
}

/** Why the list is not there or not fresh: a search that cannot be run, or a store or console that does not answer. */
export function ErrorBanner({ error, hasOldData = false }: ErrorBannerProps) {
  const { t } = useI18n();
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 400 || status === 504) {
    return (
      <Alert className="banner" color="orange" role="alert" title={t("badRequestTitle")}>
        {error.message}
      </Alert>
    );
  }
  return (
    <Alert className="banner" color="red" role="alert" title={t("errorTitle")}>
      <div>{status === 0 ? t("offline") : error.message}</div>
      <div className="dim">
        {t("errorRetry")} {hasOldData && t("errorOldData")}
      </div>
    </Alert>
  );
}
