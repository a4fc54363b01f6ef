import { detached } from "./detached.ts";
import type { Replace } from "./modes.ts";
import { isPersonalName } from "./personal-names.ts";

/** Longest key that is looked at; a longer one is judged by its last characters, where the telling word usually stands. */
const keyCharsMax = 256;
/** Names come from clients, so the memory of past answers is bounded. */
const rememberedMax = 4096;

/** Words that make a name secret wherever they stand in it (the name in lower case, without separators). */
const secretAnywhere =
  /pass(?:word|wd|phrase|code)|passwort|pwd|secret|apikey|accesskey|privatekey|secretkey|signingkey|encryptionkey|credential|authorization|jsessionid|phpsessid|sessid|密码|口令|密钥|令牌/;
/** Words that make a name secret at its end: `accessToken` is one, `tokenCount` and `max_tokens` are not. */
const secretAtEnd = /(?:token|token(?:value|hash|secret)|sessionid|authcode|verifycode|smscode)\d{0,3}$/;
/** Names that are secret only when nothing else stands beside them. */
const secretAlone = new Set([
  "pass",
  "pw",
  "pin",
  "cvv",
  "cvv2",
  "cvc",
  "otp",
  "totp",
  "sid",
  "auth",
  "jwt",
  "bearer",
  "session",
  "cookie",
]);

/** Tells names whose values are masked from others. */
export interface KeyNames {
  /** How a value under this name is replaced; undefined: it may be stored. Case and separators (`_ - . space`) do not matter. */
  find(name: string): Replace | undefined;
  /** The same, and whether the name may itself hold something that is masked. */
  judge(name: string): NameVerdict;
}

/** What is known of a name. */
export interface NameVerdict {
  readonly replace: Replace | undefined;
  readonly holdsToken: boolean;
}

/** What makes a name one whose value is masked. */
export interface KeyNamesOptions {
  /** How values under the names of the profile are replaced. */
  readonly replace: Replace;
  /** Names of personal data are in the profile. */
  readonly isPersonal: boolean;
  /** True when a name may hold a number of a person or the like. */
  readonly holdsToken: (name: string) => boolean;
  /** Further names and how their values are replaced; they match whole names, and go before the profile's. */
  readonly extra: readonly (readonly [name: string, replace: Replace])[];
}

/** The names of the profile and further ones. Answers are remembered. */
export function createKeyNames({ replace, isPersonal, holdsToken, extra }: KeyNamesOptions): KeyNames {
  const extraNames = new Map<string, Replace>();
  for (const [name, how] of extra.toReversed()) extraNames.set(normalise(name), how);
  extraNames.delete("");
  const findPlain = (name: string) => {
    const normalised = normalise(name);
    return extraNames.get(normalised) ?? (isSecret(normalised) || (isPersonal && isPersonalName(name)) ? replace : undefined);
  };
  // Forms spell `{ card: { cvv } }` as `card[cvv]`: the last part is a name of its own.
  const find = (name: string) => findPlain(name) ?? (name.endsWith("]") ? findPlain(name.slice(name.lastIndexOf("[") + 1, -1)) : undefined);
  const remembered = new Map<string, NameVerdict>();
  const judge = (name: string) => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const verdict = { replace: find(name.slice(-keyCharsMax)), holdsToken: holdsToken(name) };
    if (name.length > keyCharsMax) return verdict;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(detached(name), verdict);
    return verdict;
  };
  return { judge, find: (name) => judge(name).replace };
}

/** `User-Access_Token` and `userAccessToken` become `useraccesstoken`; "" where a name has neither letters nor digits. */
export function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9\u00C0-\uFFFF]+/g, "");
}

function isSecret(name: string): boolean {
  return secretAnywhere.test(name) || secretAtEnd.test(name) || secretAlone.has(name);
}
