import { memo, type MouseEvent } from "react";
import type { RecordSummary } from "../../../src/wire.ts";
import { excerpt } from "../lib/excerpt.ts";
import type { Filters } from "../lib/filters.ts";
import { formatBytes, formatDuration, localTime, readable } from "../lib/format.ts";
import { hrefOf, type RecordKey } from "../lib/location.ts";
import { Flags, StatusBadge } from "./badges.tsx";
import { Mark } from "./mark.tsx";

interface RecordRowProps {
  readonly record: RecordSummary;
  readonly filters: Filters;
  readonly isOpen: boolean;
  readonly isNew: boolean;
  readonly onOpen: (key: RecordKey) => void;
}

/** One record in the list. The path is a real link, so that keyboard, middle click and "copy link" work; a click anywhere opens it too. */
export const RecordRow = memo(function RecordRow({ record, filters, isOpen, isNew, onOpen }: RecordRowProps) {
  const key = { day: record.day, id: record.id };
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (getSelection()?.isCollapsed === false) return;
    onOpen(key);
  };
  const found = excerpt(record.requestContent, filters.q) ?? excerpt(record.responseContent, filters.q);
  return (
    <tr className={isOpen ? "is-open" : isNew ? "is-new" : undefined} onClick={open}>
      <td className="cell-time">
        <Time iso={record.requestTime} />
      </td>
      <td className="cell-status">
        <StatusBadge status={record.status} />
      </td>
      <td className={`cell-method method-${record.method ?? "none"}`}>{record.method}</td>
      <td className="cell-path">
        <div className="path-line">
          <a href={hrefOf({ filters, open: key })} title={record.url ?? record.path}>
            <Path record={record} q={filters.q} />
          </a>
          <Flags record={record} />
        </div>
        {found !== undefined && (
          <div className="excerpt">
            {found.before}
            <mark>{found.match}</mark>
            {found.after}
          </div>
        )}
      </td>
      <td className="cell-route">
        <span className="project">{record.project}</span>
        {record.project !== undefined && record.route !== undefined && " · "}
        {record.route}
      </td>
      <td className="cell-duration">
        <DurationBar ms={record.durationMs} />
      </td>
      <td className="cell-size">
        {formatBytes(record.requestBytes)} <span className="dim">/</span> {formatBytes(record.responseBytes)}
      </td>
      <td className="cell-client" title={record.userAgent}>
        {record.user ?? record.caller ?? record.clientIp}
      </td>
    </tr>
  );
});

function Path({ record, q }: { readonly record: RecordSummary; readonly q: string }) {
  if (record.path === undefined) return <span className="dim">{record.url ?? record.id}</span>;
  return (
    <>
      <Mark text={readable(record.path)} q={q} />
      {record.query ? <span className="dim">?{<Mark text={readable(record.query)} q={q} />}</span> : null}
    </>
  );
}

function Time({ iso }: { readonly iso: string | undefined }) {
  const local = localTime(iso);
  if (local === undefined) return <span className="dim">–</span>;
  return (
    <time dateTime={iso} title={iso}>
      <span className="date">{local.date.slice(5)}</span> {local.time.slice(0, 8)}
      <span className="dim">{local.time.slice(8)}</span>
    </time>
  );
}

/** The duration with a bar on a logarithmic scale from 1 ms to 30 s. */
function DurationBar({ ms }: { readonly ms: number | undefined }) {
  const share = ms === undefined ? 0 : Math.min(1, Math.max(0, Math.log(Math.max(ms, 1)) / Math.log(30_000)));
  const pace = ms === undefined || ms < 500 ? "fine" : ms < 2000 ? "slow" : "bad";
  return (
    <div className="duration">
      <span>{formatDuration(ms)}</span>
      <span className={`duration-bar pace-${pace}`} style={{ "--share": share } as React.CSSProperties} aria-hidden="true" />
    </div>
  );
}
