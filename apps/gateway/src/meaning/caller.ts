import { createHash } from "node:crypto";
import type { CallerSources } from "./caller-schema.ts";
import { commonName } from "./certificate-subject.ts";
import { cutText } from "./cut-text.ts";
import { Findings } from "./findings.ts";
import { scanForm } from "./form-scanner.ts";
import { charsMax } from "./limits.ts";

/** What of a call tells who made it; not masked, for a masked key names nobody. */
export interface CallerView {
  /** @param name in lower case */
  header(name: string): string | undefined;
  /** Without `?`. */
  readonly query: string | undefined;
  /** The peer is one of trustedProxies. */
  readonly isBehindTrustedProxy: boolean;
}

/** Who made a call: at most 256 printable characters; undefined: nobody knows. */
export type ReadCaller = (call: CallerView) => string | undefined;

/** Longer API keys are not looked at. */
const keyCharsMax = 1024;

/** Compiles the sources, to be tried in order; undefined where there are none. **Guarantee**: the reader never throws. */
export function compileCaller(sources: CallerSources): ReadCaller | undefined {
  if (sources.length === 0) return undefined;
  const readers = sources.map(compileSource);
  return (call) => {
    for (const read of readers) {
      const name = read(call);
      const printable = name === undefined ? "" : cutText(name.replaceAll(/\p{C}+/gu, " "), charsMax.caller);
      if (printable !== "") return printable;
    }
    return undefined;
  };
}

function compileSource(source: CallerSources[number]): ReadCaller {
  if ("apiKey" in source) return compileApiKey(source.apiKey);
  if ("certificate" in source) return compileCertificate(source.certificate.header.toLowerCase());
  const name = source.header.toLowerCase();
  return (call) => call.header(name);
}

/** A header that anybody could send counts only from a proxy that removes the client's own. */
function compileCertificate(header: string): ReadCaller {
  return (call) => {
    const subject = call.isBehindTrustedProxy ? call.header(header) : undefined;
    return subject === undefined ? undefined : commonName(subject);
  };
}

type ApiKeySource = Extract<CallerSources[number], { apiKey: unknown }>["apiKey"];

function compileApiKey({ header, query, names }: ApiKeySource): ReadCaller {
  const headerName = header?.toLowerCase();
  const nameOf = keyNames(names);
  return (call) => {
    const key =
      (headerName === undefined ? undefined : call.header(headerName)) ?? (query === undefined ? undefined : parameter(call.query, query));
    return key === undefined ? undefined : nameOf(key);
  };
}

/** Known keys are remembered, so that they are hashed once; never unknown ones, so there are no more than names. */
function keyNames(names: Readonly<Record<string, string>>): (key: string) => string | undefined {
  const byHash = new Map(Object.entries(names).map(([name, hash]) => [hash.toLowerCase(), name]));
  const byKey = new Map<string, string>();
  return (key) => {
    if (key.length > keyCharsMax) return undefined;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const name = byHash.get(createHash("sha256").update(key).digest("hex"));
    if (name !== undefined) byKey.set(key, name);
    return name;
  };
}

function parameter(query: string | undefined, name: string): string | undefined {
  if (query === undefined || query === "") return undefined;
  const slot = { index: 0, takes: "value", valuesMax: 1, charsMax: keyCharsMax, takesEmpty: false } as const;
  const findings = new Findings();
  scanForm(query, false, [{ name, slot }], findings);
  return findings.first(slot);
}
