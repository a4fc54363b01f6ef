import { SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { useI18n } from "../i18n/index.tsx";
import { formatBytes } from "../lib/format.ts";
import { jsonTokens, type JsonToken } from "../lib/json-tokens.ts";
import { CopyButton } from "./copy-button.tsx";

interface BodyViewProps {
  readonly content: string | undefined;
  readonly omitted: boolean;
  /** How many bytes were sent, where the stored body is only their beginning; NaN where that is unknown. */
  readonly cutFromBytes: number | undefined;
}

/** Above this a body is not coloured: a hundred thousand elements make a page slow, and nobody reads them. */
const coloredCharsMax = 150_000;

/** A body as text, never as markup. JSON can be read pretty-printed or as it was sent. */
export function BodyView({ content, omitted, cutFromBytes }: BodyViewProps) {
  const { t } = useI18n();
  const [isRaw, setRaw] = useState(false);
  const tokens = useMemo(() => (content === undefined ? undefined : jsonTokens(content)), [content]);
  if (omitted) return <p className="body-none">{t("bodyOmitted")}</p>;
  if (content === undefined || content === "") return <p className="body-none">{t("noBody")}</p>;
  const pretty = isRaw ? undefined : tokens;
  const shown = pretty === undefined ? content : pretty.map((token) => token.text).join("");
  return (
    <div className="body">
      <div className="body-tools">
        {tokens !== undefined && (
          <SegmentedControl
            size="xs"
            value={isRaw ? "raw" : "pretty"}
            onChange={(value) => setRaw(value === "raw")}
            data={[
              { value: "pretty", label: t("pretty") },
              { value: "raw", label: t("raw") },
            ]}
          />
        )}
        <CopyButton text={shown} label={t("copy")} />
      </div>
      <pre tabIndex={0} aria-label={t("body")}>
        {pretty !== undefined && content.length <= coloredCharsMax ? <Tokens tokens={pretty} /> : shown}
      </pre>
      {cutFromBytes !== undefined && (
        <p className="body-cut">
          {t("bodyCut", {
            stored: formatBytes(new TextEncoder().encode(content).length),
            sent: Number.isNaN(cutFromBytes) ? "?" : formatBytes(cutFromBytes),
          })}
        </p>
      )}
    </div>
  );
}

function Tokens({ tokens }: { readonly tokens: readonly JsonToken[] }) {
  return tokens.map(({ kind, text }, index) =>
    kind === "space" || kind === "punctuation" ? (
      text
    ) : (
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className={`json-${kind}`}>
        {text}
      </span>
    ),
  );
}
