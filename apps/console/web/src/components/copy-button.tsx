import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useI18n } from "../i18n/index.tsx";
import { CheckIcon, CopyIcon } from "./icons.tsx";

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
  /** With it the button shows its label; without, only the icon. */
  readonly icon?: ReactNode;
}

/** Copies a text and says so for two seconds. */
export function CopyButton({ text, label, icon }: CopyButtonProps) {
  const { t } = useI18n();
  const clipboard = useClipboard({ timeout: 2000 });
  const copy = () => clipboard.copy(text);
  if (icon !== undefined) {
    return (
      <Button variant="default" size="compact-sm" leftSection={clipboard.copied ? <CheckIcon /> : icon} onClick={copy}>
        {clipboard.copied ? t("copied") : label}
      </Button>
    );
  }
  return (
    <Tooltip label={clipboard.copied ? t("copied") : label}>
      <ActionIcon variant="subtle" color={clipboard.copied ? "teal" : "gray"} aria-label={label} onClick={copy}>
        {clipboard.copied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    </Tooltip>
  );
}
