import type { MapSetting, ScalarSetting, Setting } from "./setting-tree.ts";

/** Filebeat's folders where its packages put them. */
const packagePaths: Readonly<Record<string, string>> = {
  "path.home": "/usr/share/filebeat",
  "path.config": "/etc/filebeat",
  "path.data": "/var/lib/filebeat",
  "path.logs": "/var/log/filebeat",
};

const reference = /\$\{([^${}]*)\}/;

/** A settings file may refer to itself this many times in one value. */
const substitutionsMax = 32;

/**
 * Puts values in the place of `${NAME}`, `${NAME:default}` and `${other.setting}`, in the whole tree. What stays unknown is left as it
 * stands, and named in `unresolved`.
 */
export function resolveReferences(root: Setting, environment: Readonly<Record<string, string | undefined>>): Setting {
  const lookUp = (name: string) => environment[name] ?? (root.kind === "map" ? settingText(root, name) : undefined) ?? packagePaths[name];
  const visit = (setting: Setting): Setting => {
    if (setting.kind === "scalar") return resolveScalar(setting, lookUp);
    if (setting.kind === "list") return { ...setting, items: setting.items.map(visit) };
    return { ...setting, entries: new Map([...setting.entries].map(([name, inner]) => [name, visit(inner)])) };
  };
  return visit(root);
}

function resolveScalar(setting: ScalarSetting, lookUp: (name: string) => string | undefined): ScalarSetting {
  if (typeof setting.value !== "string" || !setting.value.includes("${")) return setting;
  const [unresolved, defaulted] = [new Set<string>(), new Set<string>()];
  let text = setting.value;
  for (let count = 0; count < substitutionsMax && reference.test(text); count += 1) {
    text = text.replace(reference, (_, inside: string) => {
      const colon = inside.indexOf(":");
      const name = colon === -1 ? inside : inside.slice(0, colon);
      const fallback = colon === -1 || inside[colon + 1] === "?" ? undefined : inside.slice(colon + 1);
      const value = lookUp(name);
      if (value === undefined && fallback !== undefined) defaulted.add(name);
      if (value !== undefined || fallback !== undefined) return value ?? fallback ?? "";
      unresolved.add(name);
      // Private-use marks keep the loop from finding it again.
      return `\uE000${name}\uE001`;
    });
  }
  text = text.replaceAll("\uE000", "${").replaceAll("\uE001", "}");
  return {
    ...setting,
    value: text,
    text,
    ...(unresolved.size === 0 ? {} : { unresolved: [...unresolved] }),
    ...(defaulted.size === 0 ? {} : { defaulted: [...defaulted] }),
  };
}

function settingText(root: MapSetting, name: string): string | undefined {
  let setting: Setting | undefined = root;
  for (const part of name.split(".")) setting = setting?.kind === "map" ? setting.entries.get(part) : undefined;
  return setting?.kind === "scalar" && setting.value !== null ? setting.text : undefined;
}
