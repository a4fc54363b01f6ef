/** What stands in the place of a value that was masked. */
export const mask = "***";

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

/** Parts of secret names and values; a text with none of them needs no further look. `\u` and `%` may hide one. */
const hints =
  "pass|pwd|secret|key|credential|auth|sess|token|bearer|eyJ|code|pin|cvv|cvc|otp|sid|jwt|cookie|密码|口令|密钥|令牌|\\bpw\\b|\\\\u|://[^\\s/@]*@";

/** Tells secret names from others. */
export interface KeyNames {
  /** True when a value under this name must not be stored. Case and separators (`_ - . space`) do not matter. */
  isSecret(name: string): boolean;
  /** False when the text certainly holds neither a secret name nor a known form of a secret. Cheap. */
  mayHoldSecrets(text: string): boolean;
}

/**
 * The default rules plus `extra` names.
 *
 * @param extra further names, e.g. `["id_card"]`; they match whole names, without regard to case and separators
 */
export function createKeyNames(extra: readonly string[] = []): KeyNames {
  const extraNames = new Set(extra.map(normalise).filter((name) => name !== ""));
  const extraHints = [...extraNames].map((name) => Array.from(name).join("[^a-z0-9]?"));
  const hint = new RegExp([hints, ...extraHints].join("|"), "i");
  const remembered = new Map<string, boolean>();
  return {
    mayHoldSecrets: (text) => hint.test(text),
    isSecret(name) {
      const known = remembered.get(name);
      if (known !== undefined) return known;
      const answer = judge(normalise(name.slice(-keyCharsMax)), extraNames);
      if (name.length <= keyCharsMax) {
        if (remembered.size >= rememberedMax) remembered.clear();
        remembered.set(name, answer);
      }
      return answer;
    },
  };
}

function judge(name: string, extraNames: ReadonlySet<string>): boolean {
  return secretAnywhere.test(name) || secretAtEnd.test(name) || secretAlone.has(name) || extraNames.has(name);
}

/** `User-Access_Token` and `userAccessToken` become `useraccesstoken`. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9\u00C0-\uFFFF]+/g, "");
}
