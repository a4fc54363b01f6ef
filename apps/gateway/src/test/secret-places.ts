import * as fc from "fast-check";
import { awkwardSecret, formedSecret, namedSecret, numberSecret } from "./secrets.ts";

/** What the Content-Type of a document says in truth. */
export type DocumentKind = "json" | "xml" | "form" | "text";

/** A document with a secret in it. What could break its name or the secret itself is all in the core. */
export interface PlantedDocument {
  readonly kind: DocumentKind;
  readonly before: string;
  readonly core: string;
  readonly after: string;
  readonly secret: string;
}

const jsonNames = [
  "password",
  "newPassword",
  "access_token",
  "refreshToken",
  "api-key",
  "client_secret",
  "pwd",
  "密码",
  "user.credentials",
];
const formNames = [...jsonNames, "user[password]", "otp"];
const xmlNames = ["password", "Password", "n:accessToken", "ns2:ClientSecret", "密码"];

const words = fc.string({ unit: fc.constantFrom(...Array.from("abc xyz,.张三的一")), maxLength: 40 });
const padding = fc.oneof(
  words,
  words,
  fc.nat(300).map((count) => "日志 ab ".repeat(count).slice(0, count)),
);

/** `\u0031` for every character. */
const escaped = (text: string) => Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
/** `%31` for every byte. */
export const percentEncode = (text: string) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const xmlText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
const references = (text: string) => Array.from(text, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16)};`).join("");

/** Wraps a JSON value in arrays and objects. */
const depth = fc.array(fc.constantFrom('{"data":#}', '{"a":1,"list":[#],"z":null}', "[#]", '[true, {"名":#}]'), { maxLength: 5 });
const nested = (wraps: readonly string[]) => {
  const [before = "", after = ""] = wraps.reduce((text, wrap) => text.replace("#", () => wrap), "#").split("#");
  return { before, after };
};

const jsonPair = fc
  .tuple(fc.constantFrom(...jsonNames), fc.oneof(namedSecret, awkwardSecret), fc.constantFrom(0, 1, 2, 3))
  .map(([name, secret, form]) => {
    const value = form === 1 ? `"${escaped(secret)}"` : JSON.stringify(secret);
    if (form === 2) return { secret, core: `{"${escaped(name)}":${value}}` };
    return { secret, core: `{"${name}" : ${form === 3 ? `{"v":[${value}]}` : value}}` };
  });
const jsonValue = fc.tuple(formedSecret, fc.nat(3), words).map(([secret, form, around]) => {
  if (form === 0) return { secret, core: JSON.stringify(secret) };
  if (form === 1) return { secret, core: `"${escaped(secret)}"` };
  return form === 2 ? { secret, core: JSON.stringify(`${around} ${secret} ${around}`) } : { secret, core: `{${JSON.stringify(secret)}:1}` };
});
const bareNumber = numberSecret.filter((secret) => /^\d+$/.test(secret)).map((secret) => ({ secret, core: secret }));
/** A document as the text of a string, up to three times. */
const inString = (inner: fc.Arbitrary<{ secret: string; core: string }>) =>
  fc.tuple(inner, fc.integer({ min: 1, max: 3 })).map(([{ secret, core }, times]) => {
    let text = core;
    for (let time = 0; time < times; time++) text = JSON.stringify(time === 0 ? `{"inner":${text}}` : text);
    return { secret, core: text };
  });
const xmlInString = fc
  .tuple(fc.constantFrom(...xmlNames.slice(0, 2)), namedSecret)
  .map(([name, secret]) => ({ secret, core: JSON.stringify(`<a><${name}>${secret}</${name}></a>`) }));

const jsonDocument = fc
  .tuple(
    fc.oneof(jsonPair, jsonPair, jsonValue, bareNumber, inString(jsonPair), inString(jsonValue), xmlInString),
    depth,
    padding,
    fc.boolean(),
  )
  .map(([{ secret, core }, wraps, pad, isInLines]): PlantedDocument => {
    const { before, after } = nested(wraps);
    if (isInLines)
      return { kind: "json", secret, before: `${JSON.stringify({ pad })}\n${before}`, core, after: `${after}\n{"end":true}\n` };
    return { kind: "json", secret, before: `{"pad":${JSON.stringify(pad)},"in":${before}`, core, after: `${after},"z":[1.5,"终"]}` };
  });

const xmlElement = fc.tuple(fc.constantFrom(...xmlNames), fc.oneof(namedSecret, awkwardSecret), fc.nat(4)).map(([name, secret, form]) => {
  if (form === 0) return { secret, core: `<${name}>${xmlText(secret)}</${name}>` };
  if (form === 1) return { secret, core: `<${name} t="1"><![CDATA[${secret}]]></${name}>` };
  if (form === 2) return { secret, core: `<${name}>${references(secret)}</${name}>` };
  return {
    secret,
    core:
      form === 3
        ? `<x ${name}="${xmlText(secret)}" z="1"/>`
        : `<${name}>${secret.slice(0, 5).replace(/[&<]/g, "x")}<v>${xmlText(secret)}</v></${name}>`,
  };
});
const securityHeader = fc.oneof(namedSecret, awkwardSecret).map((secret) => ({
  secret,
  core: `<wsse:Security><wsse:UsernameToken><wsse:Username>erp</wsse:Username><wsse:Password Type="PasswordText">${xmlText(secret)}</wsse:Password></wsse:UsernameToken></wsse:Security>`,
}));
const xmlValue = fc.tuple(formedSecret, fc.nat(5), words).map(([secret, form, around]) => {
  if (form === 0) return { secret, core: `<note>${around} ${secret} ${around}</note>` };
  if (form === 1) return { secret, core: `<note>${references(secret)}</note>` };
  if (form === 2) return { secret, core: `<note no='${secret}'/>` };
  if (form === 3) return { secret, core: `<note><![CDATA[${secret}]]></note>` };
  return { secret, core: form === 4 ? `<note>${secret.slice(0, 5)}<![CDATA[${secret.slice(5)}]]></note>` : `<!-- ${secret} -->` };
});
const xmlDocument = fc
  .tuple(fc.oneof(xmlElement, xmlElement, securityHeader, xmlValue), padding, fc.constantFrom("", '<?xml version="1.0"?>\n'))
  .map(([{ secret, core }, pad, declaration]): PlantedDocument => ({
    kind: "xml",
    secret,
    before: `${declaration}<s:Envelope xmlns:s="urn:s" xmlns:n="urn:n" xmlns:ns2="urn:2" xmlns:wsse="urn:w"><s:Body><pad>${pad}</pad><m>`,
    core,
    after: "</m></s:Body></s:Envelope>",
  }));

/** A pair of a form or a query. */
export const formPair = fc.oneof(
  fc
    .tuple(fc.constantFrom(...formNames), fc.oneof(namedSecret, awkwardSecret), fc.constantFrom(encodeURIComponent, percentEncode))
    .map(([name, secret, encode]) => ({ secret, core: `${encodeURIComponent(name)}=${encode(secret)}` })),
  fc
    .tuple(
      formedSecret,
      fc.constantFrom("note", "q", "phone", "x[]"),
      fc.constantFrom(encodeURIComponent, percentEncode, (text: string) => encodeURIComponent(`一 ${text} x`)),
    )
    .map(([secret, name, encode]) => ({ secret, core: `${name}=${encode(secret)}` })),
  formedSecret.map((secret) => ({ secret, core: `${encodeURIComponent(secret)}=1` })),
  jsonPair.map(({ secret, core }) => ({ secret, core: `json=${encodeURIComponent(core)}` })),
);
const formDocument = fc.tuple(formPair, padding).map(([{ secret, core }, pad]): PlantedDocument => ({
  kind: "form",
  secret,
  before: `pad=${encodeURIComponent(pad)}&a=1&`,
  core,
  after: "&b=%E4%B8%80&c",
}));

/** A secret in free text. */
export const inText = fc.oneof(
  fc.tuple(formedSecret, words).map(([secret, around]) => ({ secret, core: `${around} ${secret} ${around}` })),
  fc
    .tuple(namedSecret, fc.constantFrom("password=#", "Password: #", 'pwd="#"', "access_token=#&x=1", "密码：#", "Authorization: Bearer #"))
    .map(([secret, form]) => ({ secret, core: form.replace("#", () => secret) })),
);
const textDocument = fc
  .tuple(inText, padding)
  .map(([{ secret, core }, pad]): PlantedDocument => ({ kind: "text", secret, before: `${pad}\n`, core, after: "\nend of it" }));

/** A well-formed document of any kind. */
export const document: fc.Arbitrary<PlantedDocument> = fc.oneof(
  jsonDocument,
  jsonDocument,
  xmlDocument,
  xmlDocument,
  formDocument,
  textDocument,
);

/** A document that claims a structure which it has not. */
export const brokenDocument: fc.Arbitrary<PlantedDocument> = fc
  .tuple(
    fc.oneof(jsonDocument, xmlDocument, formDocument),
    fc.constantFrom("insert", "drop", "end", "turn"),
    fc.nat(),
    fc.constantFrom(...Array.from('{}[]"<>&%,:\\')),
  )
  .map(([planted, how, at, char]) => breakUp(planted, how, at, char));

function breakUp({ kind, before, core, after, secret }: PlantedDocument, how: string, at: number, char: string): PlantedDocument {
  const broken = (start: string, end: string) => ({ kind, before: start, core, after: end, secret });
  // A separator less would make another name of the one behind it.
  const place = at % (before.length - 1);
  if (how === "insert") return broken(before.slice(0, place) + char + before.slice(place), after);
  if (how === "drop") return broken(before.slice(0, place) + before.slice(place + 1), after);
  return broken(before, how === "end" ? after.slice(0, at % (after.length + 1)) : Array.from(after).toReversed().join(""));
}
