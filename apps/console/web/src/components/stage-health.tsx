import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { StageHealth, StageState } from "../../../src/wire.ts";
import { useI18n, type Translate } from "../i18n/index.tsx";
import type { Words } from "../i18n/en.ts";
import { fetchStages } from "../lib/api.ts";

const refreshMs = 5000;

/** The pipeline as a row of dots in data-flow order, each with its state and, where it is not ready, its reasons. */
export function StageHealthBar() {
  const { t } = useI18n();
  const { data, isError } = useQuery({ queryKey: ["stages"], queryFn: ({ signal }) => fetchStages(signal), refetchInterval: refreshMs });
  if (data === undefined) return <div className="stages" />;
  return (
    <ul className="stages" aria-label={t("stages")}>
      {data.map((stage) => (
        <Stage key={stage.name} stage={isError ? { ...stage, state: "unreachable", reasons: [t("offline")] } : stage} t={t} />
      ))}
    </ul>
  );
}

function Stage({ stage, t }: { readonly stage: StageHealth; readonly t: Translate }) {
  const name = stageName(stage.name, t);
  const state = t(`state.${stage.state}` satisfies `state.${StageState}`);
  const label = `${name}: ${state}`;
  return (
    <li>
      <Tooltip
        multiline
        maw={420}
        label={[label, ...stage.reasons].join("\n")}
        style={{ whiteSpace: "pre-line" }}
        events={{ hover: true, focus: true, touch: true }}
      >
        <span className={`stage stage-${stage.state}`} tabIndex={0} aria-label={[label, ...stage.reasons].join(". ")}>
          <span className="stage-dot" />
          <span className="stage-name">{name}</span>
        </span>
      </Tooltip>
    </li>
  );
}

const stageWords: Readonly<Record<string, keyof Words>> = {
  gateway: "stage.gateway",
  tailer: "stage.tailer",
  processor: "stage.processor",
  dbSink: "stage.dbSink",
  store: "stage.store",
};

function stageName(name: string, t: Translate): string {
  const word = stageWords[name];
  return word === undefined ? name : t(word);
}
