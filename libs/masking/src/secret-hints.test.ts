import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKeyNames } from "./key-names.ts";
import { hintsAtSecret } from "./secret-hints.ts";

const names = createKeyNames({ replace: () => "***", isPersonal: false, holdsToken: () => false, extra: [] });
const words =
  "pass password passwd passphrase passcode passwort pw pwd pin secret secret_key api_key accessKey private-key signingKey encryption_key credential auth authorization authCode token access_token session sessionId jsessionid sid otp totp cvv cvv2 cvc jwt bearer cookie verifyCode sms_code 密码 口令 密钥 令牌".split(
    " ",
  );
const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => Array.from(text, (char, at) => (upper[at] === true ? char.toUpperCase() : char)).join(""));
const secretName = fc
  .tuple(
    fc.constantFrom("", "x", "user_", "the-"),
    fc.constantFrom(...words).chain(anyCase),
    fc.constantFrom("", "2", "_hash", "Id", "es", "or"),
  )
  .map((parts) => parts.join(""))
  .filter((name) => names.find(name) !== undefined);
const around = [
  (n: string) => `{"${n}":"x"}`,
  (n: string) => `${n}=x`,
  (n: string) => `{ "${n}" : 1}`,
  (n: string) => `<${n}>x</${n}>`,
  (n: string) => `a ${n}: x`,
  (n: string) => `${n}：x`,
];

test("a name that is secret is never overlooked", () => {
  fc.assert(
    fc.property(secretName, fc.constantFrom(...around), fc.nat(5), (name, write, shift) => {
      expect(hintsAtSecret(`${"a ".repeat(shift)}${" ".repeat(shift % 2)}${write(name)}`)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  '{"code":0,"message":"success","data":{"author":"a","key":"k","passenger":"p","version":1,"side":"s"}}',
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "https://example.com/assets/app.js",
])("an ordinary text is told at once: %s", (text) => expect(hintsAtSecret(text)).toBe(false));
