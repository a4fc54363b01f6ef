import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { en, type Words } from "./en.ts";
import { zh } from "./zh.ts";

export type Language = "en" | "zh-CN";
export type Translate = (word: keyof Words, values?: Readonly<Record<string, string | number>>) => string;

interface I18n {
  readonly language: Language;
  readonly t: Translate;
  readonly setLanguage: (language: Language) => void;
}

const words: Readonly<Record<Language, Words>> = { en, "zh-CN": zh };
const storageKey = "gatelog.language";
const Context = createContext<I18n | undefined>(undefined);

/** Gives the page its words: the language last chosen here, else the browser's. */
export function I18nProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(initialLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo<I18n>(() => {
    const choose = (next: Language) => {
      localStorage.setItem(storageKey, next);
      setLanguage(next);
    };
    return { language, t: (word, values) => fill(words[language][word], values), setLanguage: choose };
  }, [language]);
  return <Context value={value}>{children}</Context>;
}

/** The translation function and the language; only below `I18nProvider`. */
export function useI18n(): I18n {
  const i18n = use(Context);
  if (i18n === undefined) throw new Error("useI18n is used outside of I18nProvider");
  return i18n;
}

function initialLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  if (chosen === "en" || chosen === "zh-CN") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replaceAll(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}
