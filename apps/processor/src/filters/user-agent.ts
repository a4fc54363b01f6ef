import { Type } from "typebox";
import { UAParser } from "ua-parser-js";
import { BoundedCache } from "./bounded-cache.ts";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Of a longer one the beginning tells. */
const charactersMax = 500;
const cacheEntriesMax = 4096;

/** Reads what a User-Agent header says. */
export const userAgent = defineFilter({
  name: "userAgent",
  description: "Reads a User-Agent header into the fields of ECS: name, version, os.name, os.version, os.full, device.name and original.",
  schema: Type.Object({
    source: fieldOption("Field that holds the header's value.", "record.userAgent"),
    target: fieldOption("Field below which the findings are put.", "user_agent"),
  }),
  effects: ({ target }) => effectsOn([target]),
  check: ({ source, target }) => [...checkSource(source, ["source"]), ...checkTarget(target, ["target"])],
  create: ({ source, target }) => {
    const from = pathOf(source);
    const to = pathOf(target);
    const cache = new BoundedCache<Findings>(cacheEntriesMax);
    return {
      apply: (event) => {
        const text = from.get(event);
        if (text === undefined || text === null || text === "") return;
        if (typeof text !== "string") throw new FilterFailure(`${source} is no text`);
        const head = text.slice(0, charactersMax);
        let found = cache.get(head);
        if (found === undefined) cache.set(head, (found = readAgent(head)));
        to.set(event, { original: text, ...structuredClone(found) });
      },
    };
  },
});

interface Findings {
  readonly name?: string;
  readonly version?: string;
  readonly os?: Readonly<Record<string, string>>;
  readonly device?: Readonly<Record<string, string>>;
}

/** Programs (curl/8.5.0, okhttp/4.9.0) call themselves by name and version. */
const program = /^([A-Za-z][\w .-]{0,63}?)\/v?(\d[\w.+-]{0,31})/;

function readAgent(text: string): Findings {
  const { browser, os, device } = new UAParser(text).getResult();
  const [, programName, programVersion] = /^mozilla\//i.test(text) ? [] : (program.exec(text) ?? []);
  const name = browser.name ?? programName;
  const version = browser.name === undefined ? programVersion : browser.version;
  const deviceName = [device.vendor, device.model].filter((word) => word !== undefined).join(" ");
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(os.name !== undefined && { os: osOf(os.name, os.version) }),
    ...(deviceName !== "" && { device: { name: deviceName } }),
  };
}

function osOf(name: string, version: string | undefined): Record<string, string> {
  return version === undefined ? { name, full: name } : { name, version, full: `${name} ${version}` };
}
