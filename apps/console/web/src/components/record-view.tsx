import type { ReactNode } from "react";
import type { RecordDetail } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { formatDuration, localTime } from "../lib/format.ts";
import { Flags } from "./badges.tsx";
import { MessagePanel } from "./message-panel.tsx";
import { Notice } from "./notice.tsx";
import { RecordFields } from "./record-fields.tsx";

interface RecordViewProps {
  readonly record: RecordDetail;
  readonly onPath: (path: string) => void;
}

/** One record whole: what happened, request and response side by side, then every other field. */
export function RecordView({ record, onPath }: RecordViewProps) {
  const { t } = useI18n();
  return (
    <article className="record-view">
      <KeyFacts record={record} />
      {record.error !== undefined && (
        <Notice tone="red" title={t("errorBlock")}>
          <code>{record.error.code}</code> {record.error.message}
        </Notice>
      )}
      {record.parseError !== undefined && (
        <Notice tone="orange" title={t("parseBlock")}>
          {record.parseError}
          {record.rawLine !== undefined && (
            <details>
              <summary>{t("rawLine")}</summary>
              <pre className="raw-line">{record.rawLine}</pre>
            </details>
          )}
        </Notice>
      )}
      {record.hasBody === false && <p className="dim bodies-gone">{t("bodiesGone")}</p>}
      <div className="sides">
        <MessagePanel
          title={t("request")}
          content={record.requestContent}
          headers={record.requestHeaders}
          bytes={record.requestBytes}
          truncated={record.requestTruncated}
          encoding={record.requestEncoding}
          query={record.query}
        />
        <MessagePanel
          title={t("response")}
          content={record.responseContent}
          headers={record.responseHeaders}
          bytes={record.responseBytes}
          truncated={record.responseTruncated}
          encoding={record.responseEncoding}
        />
      </div>
      <RecordFields record={record} onPath={onPath} />
    </article>
  );
}

function KeyFacts({ record }: { readonly record: RecordDetail }) {
  const { t } = useI18n();
  const at = localTime(record.requestTime);
  const where = [record.project, record.route, record.operation].filter((part) => part !== undefined).join(" · ");
  const who = [record.user, record.caller, record.clientIp].filter((part) => part !== undefined).join(" · ");
  return (
    <div className="key-facts">
      <Fact name={t("time")}>
        <time dateTime={record.requestTime} title={record.requestTime}>
          {at === undefined ? "–" : `${at.date} ${at.time}`}
        </time>
      </Fact>
      <Fact name={t("duration")}>
        <Timing record={record} />
      </Fact>
      {where !== "" && <Fact name={t("column.route")}>{where}</Fact>}
      {who !== "" && <Fact name={t("column.client")}>{who}</Fact>}
      {record.upstream !== undefined && <Fact name={t("upstream")}>{record.upstream}</Fact>}
      <div className="flags">
        <Flags record={record} />
      </div>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="fact">
      <div className="fact-name">{name}</div>
      <div className="fact-value">{children}</div>
    </div>
  );
}

/** The duration, and which part of it the upstream took. */
function Timing({ record: { durationMs, upstreamMs } }: { readonly record: RecordDetail }) {
  const { t } = useI18n();
  if (durationMs === undefined || upstreamMs === undefined || durationMs <= 0) return formatDuration(durationMs);
  const share = Math.min(1, upstreamMs / durationMs);
  const gatewayMs = Math.max(0, durationMs - upstreamMs);
  return (
    <span className="timing">
      {formatDuration(durationMs)}
      <span className="timing-bar" style={{ "--share": share } as React.CSSProperties} aria-hidden="true" />
      <span className="dim">{t("timing", { upstream: formatDuration(upstreamMs), gateway: formatDuration(gatewayMs) })}</span>
    </span>
  );
}
