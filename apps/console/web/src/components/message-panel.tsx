import { Badge } from "@mantine/core";
import type { WireEncoding, WireHeaders } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { formatBytes } from "../lib/format.ts";
import { BodyView } from "./body-view.tsx";
import { PairTable, type Pair } from "./pair-table.tsx";

interface MessagePanelProps {
  readonly title: string;
  readonly content: string | undefined;
  readonly headers: WireHeaders | undefined;
  readonly bytes: number | undefined;
  readonly truncated: boolean | undefined;
  readonly encoding: WireEncoding | undefined;
  readonly query?: string | undefined;
}

/** One side of the call: its body, then its query parameters and headers. */
export function MessagePanel({ title, content, headers, bytes, truncated, encoding, query }: MessagePanelProps) {
  const { t } = useI18n();
  const pairs = headerPairs(headers);
  const type = pairs.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  return (
    <section className="side" aria-label={title}>
      <header className="side-header">
        <h2>{title}</h2>
        {type !== undefined && <span className="dim content-type">{type}</span>}
        <span className="side-size">{bytes === undefined ? "" : formatBytes(bytes)}</span>
        {encoding === "base64" && (
          <Badge size="sm" radius="sm" variant="light" color="gray">
            {t("base64")}
          </Badge>
        )}
        {truncated === true && (
          <Badge size="sm" radius="sm" variant="light" color="yellow">
            {t("truncated")}
          </Badge>
        )}
      </header>
      <BodyView content={content} omitted={encoding === "omitted"} cutFromBytes={truncated === true ? (bytes ?? Number.NaN) : undefined} />
      {query ? <PairTable title={t("query")} pairs={[...new URLSearchParams(query)]} /> : null}
      <PairTable title={t("headersCount", { n: pairs.length })} pairs={pairs} empty={t("noHeaders")} />
    </section>
  );
}

function headerPairs(headers: WireHeaders | undefined): Pair[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : value.map((one) => [name, one] as const),
  );
}
