import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

const charactersMax = 65_536;

/** Takes a URL apart. */
export const urlParts = defineFilter({
  name: "urlParts",
  description:
    "Takes a URL apart into the fields of ECS: original, scheme, domain, port, path, extension, query, fragment and username; never its password.",
  schema: Type.Object({
    source: fieldOption("Field that holds a URL, or the path and query of one.", "record.url"),
    target: fieldOption("Field below which the parts are put.", "url"),
  }),
  effects: ({ target }) => effectsOn([target]),
  check: ({ source, target }) => [...checkSource(source, ["source"]), ...checkTarget(target, ["target"])],
  create: ({ source, target }) => {
    const from = pathOf(source);
    const to = pathOf(target);
    return {
      apply: (event) => {
        const text = from.get(event);
        if (text === undefined || text === null || text === "") return;
        if (typeof text !== "string" || text.length > charactersMax) throw new FilterFailure(`${source} is no text, or a very long one`);
        const before = to.get(event);
        to.set(event, { ...(typeof before === "object" && before !== null ? before : {}), ...partsOf(text, source) });
      },
    };
  },
});

/** A host that a relative URL cannot be meant to have. */
const base = "http://relative.invalid";

function partsOf(text: string, source: string): Record<string, unknown> {
  const isRelative = !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && !text.startsWith("//");
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url === undefined) throw new FilterFailure(`${source} is no URL`);
  const parts: Record<string, unknown> = { original: withoutPassword(text) };
  if (!isRelative) {
    if (!text.startsWith("//")) parts["scheme"] = url.protocol.slice(0, -1);
    add(parts, "domain", url.hostname);
    add(parts, "username", url.username);
    const port = url.port === "" ? defaultPorts[url.protocol] : Number(url.port);
    if (port !== undefined && !text.startsWith("//")) parts["port"] = port;
  }
  add(parts, "path", url.pathname);
  add(parts, "extension", /\.([A-Za-z0-9]{1,16})$/.exec(url.pathname)?.[1] ?? "");
  add(parts, "query", url.search.slice(1));
  add(parts, "fragment", url.hash.slice(1));
  return parts;
}

const defaultPorts: Readonly<Record<string, number | undefined>> = { "http:": 80, "https:": 443, "ftp:": 21, "ws:": 80, "wss:": 443 };

function add(parts: Record<string, unknown>, name: string, value: string): void {
  if (value !== "") parts[name] = value;
}

/** To the last `@` of the authority, for a password may have one in it. */
function withoutPassword(text: string): string {
  return text.replace(/^([A-Za-z][A-Za-z0-9+.-]*:)?([\\/]{2,})([^/\\?#:]*):[^/\\?#]*@/, "$1$2$3@");
}
