import { Alert } from "@mantine/core";
import { useI18n } from "../i18n/index.tsx";
import { ApiError } from "../lib/api.ts";

/** Why the list is not there or not fresh: a search that cannot be run, or a store or console that does not answer. */
export function ErrorBanner({ error }: { readonly error: Error }) {
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
      <div className="dim">{t("errorRetry")}</div>
    </Alert>
  );
}
