/** How a value is replaced. `fixed`: `***`. `remove`: taken out. `last4`: `***1234`. `hash`: `hmac:` and 16 hexadecimal digits. */
export const maskingModes = ["fixed", "remove", "last4", "hash"] as const;
export type MaskingMode = (typeof maskingModes)[number];

/** Sets of rules. `default`: secrets. `cn-pipl`: personal data as well. `strict`: `cn-pipl`, and bodies that cannot be read are omitted. */
export const maskingProfiles = ["default", "cn-pipl", "strict"] as const;
export type MaskingProfile = (typeof maskingProfiles)[number];

/** What is known by its own form, wherever it stands. */
export const detectorNames = ["phone", "idCard", "bankCard", "email", "jwt"] as const;
export type DetectorName = (typeof detectorNames)[number];

/** What a rule may name; each rule names exactly one of them. */
export const ruleTargets = ["headers", "query", "form", "keys", "json", "xml", "path", "pattern"] as const;

/** One rule of a team: exactly one target, and how what it names is replaced. */
export interface MaskingRule {
  /** Names of headers. */
  readonly headers?: readonly string[] | undefined;
  /** Names of query parameters. */
  readonly query?: readonly string[] | undefined;
  /** Names of form fields. */
  readonly form?: readonly string[] | undefined;
  /** Names at any depth: JSON keys, form fields, query parameters, XML elements and attributes. */
  readonly keys?: readonly string[] | undefined;
  /** JSON paths, e.g. `$.user.cards[*].no` or `$..pin`. */
  readonly json?: readonly string[] | undefined;
  /** XML paths of local names, e.g. `//Card/@no`. */
  readonly xml?: readonly string[] | undefined;
  /** Path of a URL, e.g. `/customers/:id`; segments named `:x` are masked. */
  readonly path?: string | undefined;
  /** Regular expression (RE2 syntax); group 1, if there is one, is what is masked. */
  readonly pattern?: string | undefined;
  /** Flags of the pattern: `i`, `m`, `s`. */
  readonly flags?: string | undefined;
  /** How it is replaced; the `mode` of the options where it is missing. */
  readonly mode?: MaskingMode | undefined;
}

/** What is masked, and how. */
export interface MaskerOptions {
  readonly profile?: MaskingProfile | undefined;
  /** A body that is not what its type claims, or whose type claims nothing, is omitted. */
  readonly strict?: boolean | undefined;
  /** How the rules of the profile, `headers` and `keys` replace. */
  readonly mode?: MaskingMode | undefined;
  /** Key of mode `hash`, at least 16 characters. */
  readonly hashKey?: string | undefined;
  /** Further names of headers. */
  readonly headers?: readonly string[] | undefined;
  /** Further names at any depth. */
  readonly keys?: readonly string[] | undefined;
  readonly rules?: readonly MaskingRule[] | undefined;
  /** Switches single detectors on or off, against the profile. */
  readonly detectors?: { readonly [name in DetectorName]?: boolean | undefined } | undefined;
}
