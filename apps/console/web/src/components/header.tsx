import { Button, Switch, Tooltip } from "@mantine/core";
import { useI18n } from "../i18n/index.tsx";
import { Logo } from "./icons.tsx";
import { StageHealthBar } from "./stage-health.tsx";

interface HeaderProps {
  readonly live: boolean;
  readonly onLive: (live: boolean) => void;
}

/** Product name, health of the stages, the live switch and the language. */
export function Header({ live, onLive }: HeaderProps) {
  const { t, language, setLanguage } = useI18n();
  return (
    <header className="header">
      <div className="brand">
        <Logo />
        <span className="brand-name">gatelog</span>
        <span className="brand-part">{t("console")}</span>
      </div>
      <StageHealthBar />
      <div className="header-actions">
        <Tooltip label={t("liveHint")}>
          <Switch
            checked={live}
            onChange={(event) => onLive(event.currentTarget.checked)}
            label={t("live")}
            size="sm"
            className={live ? "live-switch is-live" : "live-switch"}
          />
        </Tooltip>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          title={t("languageHint")}
          onClick={() => setLanguage(language === "en" ? "zh-CN" : "en")}
        >
          {t("language")}
        </Button>
      </div>
    </header>
  );
}
