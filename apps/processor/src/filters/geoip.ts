import { isIP } from "node:net";
import { Path } from "@gatelog/service-kit";
import { Type } from "typebox";
import { plainAddress } from "./cidr.ts";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";
import { GeoipDatabase } from "./geoip-database.ts";
import { refreshMsDefault, WatchedFile } from "./watched-file.ts";

/** Tells where an address is, and in whose network. */
export const geoip = defineFilter({
  name: "geoip",
  description:
    "Looks an address up in a MaxMind file (City, Country or ASN) and puts what it says into the fields of ECS: geo.country_iso_code, geo.city_name, geo.location and the like, as.number and as.organization.name; nothing where the file does not know the address, such as a private one.",
  schema: Type.Object({
    source: fieldOption("Field that holds an address, or a list of them, of which the first counts.", "record.clientIp"),
    file: Path({ description: "The .mmdb file; read anew when it changes. A broken one is told of, and the one before stays." }),
    target: fieldOption("Field below which geo and as are put.", "source"),
    locale: Type.String({
      default: "en",
      minLength: 2,
      maxLength: 8,
      description: "Language of names, such as zh-CN, where the file has it; else English.",
    }),
    tagOnUnknown: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
      default: [],
      maxItems: 16,
      description: "Tags for an address that the file does not know. Logstash gives _geoip_lookup_failure.",
    }),
    refreshMs: Type.Integer({ default: refreshMsDefault, minimum: 10, unit: "ms", description: "How often the file is looked at." }),
  }),
  failureTag: "_geoip_lookup_failure",
  effects: ({ target }) => effectsOn([below(target, "geo")]),
  check: ({ source, target }) => [...checkSource(source, ["source"]), ...checkTarget(below(target, "geo"), ["target"])],
  create: ({ source, file, target, locale, tagOnUnknown, refreshMs }, { onNotice }) => {
    const from = pathOf(source);
    const [geo, as] = [pathOf(below(target, "geo")), pathOf(below(target, "as"))];
    const parse = (bytes: Buffer) => new GeoipDatabase(bytes, locale);
    const watched = new WatchedFile({ path: file, what: "the MaxMind file of geoip", refreshMs, parse, onNotice });
    return {
      apply: (event) => {
        const value = from.get(event);
        const address: unknown = Array.isArray(value) ? value[0] : value;
        if (address === undefined || address === null || address === "") return;
        const found = watched.value.find(addressOf(address, source));
        // Copies, for filters behind it may change what they find.
        if (found?.geo !== undefined) geo.set(event, structuredClone(found.geo));
        if (found?.as !== undefined) as.set(event, structuredClone(found.as));
        if (found === undefined) for (const tag of tagOnUnknown) event.addTag(tag);
      },
      close: () => watched.close(),
    };
  },
});

function addressOf(value: unknown, source: string): string {
  // The zone of a link-local address is no part of it.
  const text = typeof value === "string" ? plainAddress(value).replace(/%.*$/s, "") : "";
  if (isIP(text) === 0) throw new FilterFailure(`${source} is no IP address`);
  return text;
}

function below(target: string, name: string): string {
  return target.startsWith("[") ? `${target}[${name}]` : `${target}.${name}`;
}
