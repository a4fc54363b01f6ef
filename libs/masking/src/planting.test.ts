import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BodyForm, TextKind } from "./mask-body.ts";
import { createMasker } from "./masker.ts";
import type { MaskingMode } from "./options.ts";
import { Redactions } from "./redactions.ts";

/** Personal data as it is planted, and what of it must not be seen: six characters, in which every cut shows itself. */
const personal = ["13800138000", "110101199003077571", "11010119900307109X", "6222021234567890128", "zhang.san@example.com"] as const;
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const secrets = [...personal, jwt];
const password = "tr0ub4dor&3";
const secretKeys = ["password", "Password", "access_token", "apiKey", "client-secret", "密码", "sfzh", "userPhone", "身份证号"];
const seenCharsMax = 6;

const piped = createMasker({ profile: "cn-pipl" });
const strict = createMasker({ profile: "strict" });

function body(text: string, kind: TextKind, isCut = false, masker = piped): string | undefined {
  return masker.body(text, { kind, isCut }, new Redactions(), "body");
}

/** Resolves every encoding there is, so that nothing hides in one. */
function plain(text: string): string {
  let decoded = text;
  for (let round = 0; round < 4; round++)
    decoded = decoded
      .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/&#x([0-9a-fA-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
      .replaceAll(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
      .replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decoded;
}

function expectHidden(masked: string | undefined, secret: string): void {
  expect(plain(masked ?? "")).not.toContain(secret.slice(0, seenCharsMax));
}

const filler = fc.string({ unit: fc.constantFrom(...Array.from("abc xyz,.ÄÖ张三的")), maxLength: 12 }).filter((text) => !/@/.test(text));
const planted = fc.constantFrom(...secrets);
/** The secret in free text, with something around it that ends it. */
const around = (secret: string, before: string, after: string) => `${before} ${secret} ${after}`;

const jsonEscape = (text: string) => Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const jsonLiterals: readonly ((text: string) => string)[] = [
  (text) => JSON.stringify(text),
  (text) => `"${jsonEscape(text)}"`,
  (text) => JSON.stringify(JSON.stringify({ deep: text })),
  (text) => JSON.stringify(`<a><b x="1">${text}</b></a>`),
];
const jsonPlaces: readonly ((literal: string) => string)[] = [
  (literal) => `{"a":1,"note":${literal},"z":[true]}`,
  (literal) => `[{"a":[${literal}, 2.5]}]`,
  (literal) => `{"a":{"b":{"c":${literal}}},"d":null}`,
  (literal) => `{"x":1}\n{"y":${literal}}\n{"z":"end"}\n`,
  (literal) => `{ ${literal} : 1 }`,
  (literal) => literal,
];
const xmlEncodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => Array.from(text, (char) => `&#${char.charCodeAt(0)};`).join(""),
  (text) => Array.from(text, (char) => `&#x${char.charCodeAt(0).toString(16)};`).join(""),
];
const xmlPlaces: readonly ((text: string) => string)[] = [
  (text) => `<?xml version="1.0"?>\n<r><a>${text}</a><b/></r>`,
  (text) => `<s:Envelope xmlns:s="urn:s"><s:Body><m><x y="1" z='${text}'>t</x></m></s:Body></s:Envelope>`,
  (text) => `<r><a>before ${text} after</a></r>`,
];
const percent = (text: string) => Array.from(text, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
const formEncodings: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  percent,
  (text) => encodeURIComponent(JSON.stringify({ a: text })),
  (text) => new URLSearchParams({ v: `of ${text} now` }).toString().slice(2),
];

describe("a secret that is planted", () => {
  const wholeAndCut = fc.record({
    secret: planted,
    place: fc.nat(),
    encoding: fc.nat(),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    before: filler,
    after: filler,
  });
  const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
  const runs = { numRuns: 500 };

  function expectHiddenAnywhere(text: string, kind: TextKind, secret: string, cut: number): void {
    expectHidden(body(text, kind), secret);
    expectHidden(body(text, kind, false, strict), secret);
    const beginning = text.slice(0, Math.ceil(cut * text.length));
    expectHidden(body(beginning, kind, true), secret);
    expectHidden(body(beginning, kind, true, strict), secret);
  }

  test("in JSON is never seen, in any place, encoding and cut", () => {
    fc.assert(
      fc.property(wholeAndCut, fc.boolean(), ({ secret, place, encoding, cut, before, after }, isAlone) => {
        const literal = pick(jsonLiterals, encoding)(isAlone ? secret : around(secret, before, after));
        expectHiddenAnywhere(pick(jsonPlaces, place)(literal), "json", secret, cut);
      }),
      runs,
    );
  });

  test("as a bare number of JSON is never seen", () => {
    fc.assert(
      fc.property(wholeAndCut, fc.constantFrom("13800138000", "110101199003077571", "6222021234567890128"), ({ place, cut }, secret) => {
        const text = pick([`{"a":#}`, `[1,#,2]`, `#`, `{"a":[{"b":#}],"c":1}`], place).replace("#", secret);
        expectHiddenAnywhere(text, "json", secret, cut);
      }),
      runs,
    );
  });

  test("in XML is never seen, in any place, encoding and cut", () => {
    fc.assert(
      fc.property(wholeAndCut, ({ secret, place, encoding, cut }) => {
        expectHiddenAnywhere(pick(xmlPlaces, place)(pick(xmlEncodings, encoding)(secret)), "xml", secret, cut);
        expectHiddenAnywhere(`<r><a><![CDATA[x ${secret}]]></a><!-- or ${secret} --></r>`, "xml", secret, cut);
        expectHiddenAnywhere(`<r><a>${secret.slice(0, 5)}<![CDATA[${secret.slice(5)}]]></a></r>`, "xml", secret, cut);
      }),
      runs,
    );
  });

  test("in references of XML is never seen, whichever of them is cut", () => {
    const text = `<r><a>${Array.from("11010119900307109X", (char) => `&#x${char.charCodeAt(0).toString(16)};`).join("")}`;
    for (let end = 1; end < text.length; end++) expectHidden(body(text.slice(0, end), "xml", true), "110101");
  });

  test("in a form, a query or a URL is never seen, in any place, encoding and cut", () => {
    fc.assert(
      fc.property(wholeAndCut, ({ secret, place, encoding, cut, before }) => {
        const value = pick(formEncodings, encoding)(secret);
        const text = pick([`a=1&b=${value}&c=2`, `b=${value}`, `x=1&${value}=1`, `x=1&${value}`], place);
        expectHiddenAnywhere(text, "form", secret, cut);
        for (const masked of [
          piped.query(text, new Redactions(), "q"),
          piped.url(`https://h/p?${text}#${text}`, new Redactions(), "u"),
          piped.path(`/a/${value}/${encodeURIComponent(before)}`, new Redactions(), "p"),
          piped.url(`/a/${value}/b`, new Redactions(), "p"),
          piped.header("referer", `https://h/a/${value}?x`, new Redactions(), "h"),
        ])
          expectHidden(masked, secret);
      }),
      runs,
    );
  });

  test("in text, a header or an error is never seen, cut or not", () => {
    fc.assert(
      fc.property(wholeAndCut, ({ secret, cut, before, after }) => {
        const text = around(secret, before, after);
        expectHiddenAnywhere(text, "text", secret, cut);
        expectHiddenAnywhere(`<p>${text}<br>${text}</p>`, "text", secret, cut);
        expectHidden(piped.text(text, new Redactions(), "e"), secret);
        expectHidden(piped.header("x-note", text, new Redactions(), "h"), secret);
        for (const kind of ["json", "xml", "form", "unknown"] as const) expectHidden(body(text, kind), secret);
      }),
      runs,
    );
  });

  test("under a secret name is never seen, whatever it looks like", () => {
    fc.assert(
      fc.property(wholeAndCut, fc.constantFrom(...secretKeys), fc.nat(5), ({ cut, before }, key, form) => {
        const texts: readonly (readonly [string, TextKind])[] = [
          [`{"a":${JSON.stringify(before)},"${key}":"${password}","z":1}`, "json"],
          [`{"a":[{"${jsonEscape(key)}":{"x":["${password}"]}}]}`, "json"],
          [`a=${encodeURIComponent(before)}&${encodeURIComponent(key)}=${encodeURIComponent(password)}&z=1`, "form"],
          [`<r xmlns:n="urn:n"><n:${key} t="1">tr0ub4dor&amp;3</n:${key}><z>1</z></r>`, "xml"],
          [`<r><x ${key}="tr0ub4dor&amp;3" z="1"/></r>`, "xml"],
          [`<r><n><entry key="${key}"><![CDATA[${password}]]></entry></n></r>`, "xml"],
        ];
        const [text, kind] = pick(texts, form);
        expectHiddenAnywhere(text, kind, password, cut);
      }),
      runs,
    );
  });
});

describe("what is well-formed", () => {
  const modes: readonly MaskingMode[] = ["fixed", "remove", "last4", "hash"];
  const maskers = modes.map((mode) => createMasker({ profile: "cn-pipl", mode, hashKey: "0123456789abcdef" }));
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(...secrets),
    fc.constant(13_800_138_000),
  );
  const key = fc.oneof(fc.string(), fc.constantFrom(...secretKeys, ...personal));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("node"), { maxLength: 3 }), fc.dictionary(key, tie("node"), { maxKeys: 3 })),
  })).node;
  const form = (kind: TextKind): BodyForm => ({ kind, isCut: false });

  test("stays JSON in every mode", () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        for (const masker of maskers) JSON.parse(masker.body(text, form("json"), new Redactions(), "b") ?? "");
      }),
      { numRuns: 300 },
    );
  });

  test("is taken as it is under strict, and what is not is omitted", () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(body(JSON.stringify(value), "json", false, strict)).toBeDefined();
      }),
    );
    for (const [text, kind] of [
      ['{"a":1', "json"],
      ['{"a":1}}', "json"],
      ['{"a" 1}', "json"],
      ["{'a':1}", "json"],
      ["hello", "json"],
      ['{"secret":{],"leak":"x"}', "json"],
      ["<a><b></a>", "xml"],
      ["<a>&b</a>", "xml"],
      ["<a x=1/>", "xml"],
      ["hello", "xml"],
      ["<a/><b/>", "xml"],
      ['{"a":1}', "form"],
      ["a=%zz", "form"],
      ["anything", "unknown"],
    ] as const)
      expect(body(text, kind, false, strict), text).toBeUndefined();
    for (const [text, kind] of [
      ['{"a":1', "json"],
      ['{"a":"\\u00', "json"],
      ["<a><b", "xml"],
      ["<a>&am", "xml"],
      ['<a x="1', "xml"],
      ["a=%e", "form"],
    ] as const)
      expect(body(text, kind, true, strict), text).toBeDefined();
  });

  test("without secrets stays byte for byte", () => {
    const harmlessTree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(filler, fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.boolean(), fc.constant(null)),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(filler, tie("node"), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(harmlessTree, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(body(text, "json")).toBe(text);
        const xml = `<r a="1"><!-- c --><b>${JSON.stringify(value).replaceAll(/[<&]/g, "")}</b> <c/></r>`;
        expect(body(xml, "xml")).toBe(xml);
      }),
    );
  });
});
