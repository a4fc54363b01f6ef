import { WordFilter, type FilterWord } from "./word-filter.ts";

const word = (start: string, rest = "", before = ""): FilterWord => ({
  start,
  pattern: new RegExp(`${before === "" ? "" : `(?<=${before})`}${start}${rest}`, "iy"),
});
/** Secret only where nothing else stands beside it. */
const alone = (start: string): FilterWord => ({ start, pattern: new RegExp(`(?<![a-z0-9])${start}(?![a-z])`, "iy") });
/** The filter wants three characters. */
const short = Array.from(`"'=:：> \\%`).map((end): FilterWord => ({
  start: `pw${end}`,
  pattern: new RegExp(`(?<![a-z0-9])pw${end === "\\" ? "\\\\" : end}`, "iy"),
}));

/**
 * Parts of every secret name and value of `key-names.ts` and of the tokens that are known by their form. Words that are
 * in ordinary answers all the time (`code`, `key`, `author`, `passenger`) are told apart here, for each costs a scan.
 */
const words = new WordFilter([
  word("pass", "(?!ed|es|ing|enger|ion|ive|age)"),
  word("pwd"),
  word("secret"),
  word("key", "", "(?:api|access|private|signing|encryption)[^a-z0-9]{0,3}"),
  word("credential"),
  word("auth", "(?!or(?!i[sz]))"),
  word("sess", "(?:ion|id)"),
  word("token"),
  word("bearer"),
  { start: "eyj", pattern: /eyJ/y },
  word("cookie"),
  word("ify", "[^a-z0-9]{0,3}code", "ver"),
  word("sms", "[^a-z0-9]{0,3}code"),
  ...["pin", "cvv", "cvc", "otp", "totp", "sid", "jwt"].map(alone),
  ...short,
]);
/** Costs nothing where a text has no Chinese: the engine knows that such a string cannot hold it. */
const chinese = /密码|口令|密钥|令牌/;
/** Slashes may be escaped, as in the JSON of PHP. */
const userInfo = /:(?:\\*\/){2}[^\s/?#@"'<>]{0,512}@/;

/** False when the text certainly holds neither a secret name nor a known form of a secret, as it is written. Cheap. */
export function hintsAtSecret(text: string): boolean {
  return words.test(text) || chinese.test(text) || (text.includes("@") && userInfo.test(text));
}

const escapes = /%[0-9a-fA-F]{2}/;

/** True when some of the text may be spelt with escapes: of JSON, of URLs, of XML. */
export function hasEscapes(text: string): boolean {
  return text.includes("\\u") || text.includes("&#") || (text.includes("%") && escapes.test(text));
}
