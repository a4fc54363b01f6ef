import { createKeyNames, type KeyNames } from "./key-names.ts";
import { createModes, type Replace } from "./modes.ts";
import type { DetectorName, MaskerOptions, MaskingRule } from "./options.ts";
import { detectorNames } from "./options.ts";
import { parseJsonPath, parseXmlPath } from "./parse-path.ts";
import { PathRules, type PathStep } from "./path-rules.ts";
import { compilePattern } from "./patterns.ts";
import { Redactions } from "./redactions.ts";
import { ScanContext } from "./scan-context.ts";
import { hasEscapes, hintsAtSecret } from "./secret-hints.ts";
import { mayHoldOthers, mayHoldTokens, maskTokens, type TokenRules } from "./tokens.ts";
import { parseUrlPath, type UrlPathRule } from "./url-paths.ts";

/** The options, ready to use. */
export interface Rules {
  readonly headers: KeyNames;
  readonly query: KeyNames;
  readonly form: KeyNames;
  /** At any depth: JSON keys, XML elements and attributes, names in text. */
  readonly keys: KeyNames;
  readonly json: PathRules;
  readonly xml: PathRules;
  readonly urlPaths: readonly UrlPathRule[];
  readonly tokens: TokenRules;
  readonly strict: boolean;
  /** No test of the whole text can tell that it holds nothing: it must be read. */
  readonly readsAllForms: boolean;
  readonly readsAllDocuments: boolean;
  /** False when the text certainly holds nothing to mask. Cheap. */
  mayHold(text: string): boolean;
  /** The name as it may stand in a path: without a number of a person or the like in it. */
  safeName(name: string): string;
}

/** Headers that carry credentials; names with a secret word in them (`X-Auth-Token`) are masked besides. */
export const secretHeaders = [
  "authorization",
  "proxy-authorization",
  "authentication-info",
  "cookie",
  "cookie2",
  "set-cookie",
  "set-cookie2",
  "x-api-key",
  "api-key",
  "x-amz-security-token",
  "x-auth",
  "x-session",
] as const;

/** A name, then what separates it from its value; the hours of a time (`T12:30`) and the scheme of a URL are none. */
const namedValue = /[A-Za-z_\]\u00C0-\uFFFF](?:(?<!\dT)[0-9]{1,2})?[\s"'\\]{0,16}[=:\uFF1A](?!\/\/)|</;
/** Signs without which a text holds no names, escapes, documents or addresses. */
const signs = /[=:<@%\\&{}[\]"'\uFF1A]/;
/** The shortest number of a person, or bearer and its token. */
const bareCharsMin = 11;

/** Makes the options ready. Rules that `checkMasking` refuses have no effect. */
export function compileRules(options: MaskerOptions): Rules {
  const modes = createModes(options.hashKey);
  const replace = modes[options.mode ?? "fixed"];
  const rules = options.rules ?? [];
  const how = (rule: MaskingRule) => (rule.mode === undefined ? replace : modes[rule.mode]);
  const isPersonal = options.profile === "cn-pipl" || options.profile === "strict";
  const tokens: TokenRules = { detectors: detectorsOf(options, isPersonal), patterns: patternRules(rules, how), replace };
  const namesOf = (targets: readonly ("headers" | "query" | "form" | "keys")[], more: readonly string[]) => {
    const ofRules = rules.flatMap((rule) => targets.flatMap((target) => (rule[target] ?? []).map((name) => [name, how(rule)] as const)));
    return createKeyNames({
      replace,
      isPersonal,
      holdsToken: (name) => mayHoldTokens(name, tokens),
      extra: [...ofRules, ...more.map((name) => [name, replace] as const)],
    });
  };
  const keys = options.keys ?? [];
  const json = pathRules(rules, "json", parseJsonPath, how);
  const xml = pathRules(rules, "xml", parseXmlPath, how);
  const hasNames = isPersonal || keys.length > 0 || rules.some((rule) => rule.keys !== undefined);
  const hasPersonal = tokens.detectors.size > Number(tokens.detectors.has("jwt"));
  return {
    headers: namesOf(["headers"], [...secretHeaders, ...(options.headers ?? []), ...keys]),
    query: namesOf(["query", "keys"], keys),
    form: namesOf(["form", "keys"], keys),
    keys: namesOf(["keys"], keys),
    json,
    xml,
    urlPaths: rules.flatMap((rule) => (rule.path === undefined ? [] : (parseUrlPath(rule.path, how(rule)) ?? []))),
    tokens,
    strict: options.strict ?? options.profile === "strict",
    readsAllForms: hasNames || hasPersonal || tokens.patterns.length > 0 || rules.some(({ query, form }) => (query ?? form) !== undefined),
    readsAllDocuments: !json.isEmpty || !xml.isEmpty,
    mayHold(text) {
      const hasSigns = signs.test(text);
      if (!hasSigns && text.length < bareCharsMin && tokens.patterns.length === 0) return false;
      // A document with names in it has to be read anyway, and the first name tells.
      if (hasSigns && hasNames && namedValue.test(text)) return true;
      return hintsAtSecret(text) || mayHoldOthers(text, tokens) || (hasSigns && hasEscapes(text));
    },
    safeName(name) {
      if (!mayHoldTokens(name, tokens)) return name;
      return maskTokens(name, new ScanContext(this, new Redactions(), { path: "", isCut: false }, (text) => text));
    },
  };
}

function detectorsOf({ detectors = {} }: MaskerOptions, isPersonal: boolean): ReadonlySet<DetectorName> {
  return new Set(detectorNames.filter((name) => detectors[name] ?? (isPersonal || name === "jwt")));
}

function pathRules(
  rules: readonly MaskingRule[],
  target: "json" | "xml",
  parse: (path: string) => readonly PathStep[] | undefined,
  how: (rule: MaskingRule) => Replace,
): PathRules {
  return new PathRules(
    rules.flatMap((rule) =>
      (rule[target] ?? []).flatMap((path) => {
        const steps = parse(path);
        return steps === undefined ? [] : [{ steps, replace: how(rule) }];
      }),
    ),
  );
}

function patternRules(rules: readonly MaskingRule[], how: (rule: MaskingRule) => Replace): TokenRules["patterns"] {
  return rules.flatMap((rule) => {
    if (rule.pattern === undefined) return [];
    try {
      return [{ pattern: compilePattern(rule.pattern, rule.flags), replace: how(rule) }];
    } catch {
      return [];
    }
  });
}
