import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { TextKind } from "./mask-body.ts";
import { createMasker } from "./masker.ts";
import type { MaskerOptions, MaskingMode } from "./options.ts";
import { Redactions } from "./redactions.ts";

const hashKey = "a key of sixteen characters";
/** Of one telephone number. */
const hash = `hmac:${createHmac("sha256", hashKey).update("13800138000").digest("hex").slice(0, 16)}`;

function maskBody(options: MaskerOptions, text: string, kind: TextKind = "json"): { text: string | undefined; paths: readonly string[] } {
  const redactions = new Redactions();
  const masked = createMasker(options).body(text, { kind, isCut: false }, redactions, "body");
  return { text: masked, paths: redactions.list() ?? [] };
}

describe("modes", () => {
  const inEveryMode = (text: string, kind: TextKind = "json") =>
    (["fixed", "remove", "last4", "hash"] as const).map((mode) => maskBody({ profile: "cn-pipl", mode, hashKey }, text, kind).text);

  test("replace a value of JSON by a string or null", () => {
    const expected = ["***", null, "***8000", hash].map((value) => JSON.stringify({ phone: value }));
    expect(inEveryMode('{"phone":"13800138000"}')).toEqual(expected);
    expect(inEveryMode('{"phone":13800138000}')).toEqual(expected);
    expect(inEveryMode('{"n":13800138000}')).toEqual(expected.map((text) => text.replace("phone", "n")));
  });

  test("replace a value of forms, XML and text", () => {
    const values = ["***", "", "***8000", hash];
    expect(inEveryMode("a=1&phone=%2B86+138-0013-8000", "form")).toEqual(values.map((value) => `a=1&phone=${value}`));
    expect(inEveryMode("<r><phone>&#49;3800138000</phone></r>", "xml")).toEqual(values.map((value) => `<r><phone>${value}</phone></r>`));
    expect(inEveryMode("call 138 0013 8000.", "text")).toEqual(values.map((value) => `call ${value}.`));
  });

  test("show the last four characters of eight and more, letters and digits only", () => {
    const last4 = (value: string) => JSON.parse(maskBody({ mode: "last4" }, JSON.stringify({ password: value })).text ?? "").password;
    expect([last4("1234567"), last4("12345678"), last4('abcdefg"h'), last4("密码密码密码密码")]).toEqual([
      "***",
      "***5678",
      "***",
      "***密码密码",
    ]);
  });

  test("remove a header, or hash it as the same value in a body", () => {
    const header = (mode: MaskingMode) =>
      createMasker({ rules: [{ headers: ["X-User"], mode }], hashKey }).header("x-user", "13800138000", new Redactions(), "h");
    expect(header("remove")).toBeUndefined();
    expect(header("hash")).toBe(hash);
  });
});

describe("rules", () => {
  test("mask what JSON paths name, and nothing else", () => {
    const json = ["$.user.cards[*].no", "$..pin2", "$.list[1]", "$['a b'].c"];
    const text = '{"user":{"cards":[{"no":"1"},{"no":2}],"no":"3"},"x":[{"pin2":4}],"list":[5,6,7],"a b":{"c":[8]},"c":9,"no":"10"}';
    expect(maskBody({ rules: [{ json }] }, text)).toEqual({
      text: '{"user":{"cards":[{"no":"***"},{"no":"***"}],"no":"3"},"x":[{"pin2":"***"}],"list":[5,"***",7],"a b":{"c":"***"},"c":9,"no":"10"}',
      paths: ["body.user.cards[].no", "body.x[].pin2", "body.list[]", "body.a b.c"],
    });
  });

  test("mask what XML paths name, whatever the prefixes", () => {
    const xml = ["/Envelope/Header/Security/UsernameToken/Nonce", "//CardNo", "//Card/@no"];
    const text =
      '<s:Envelope xmlns:s="urn:s"><s:Header><w:Security><w:UsernameToken><w:Nonce>n1</w:Nonce></w:UsernameToken></w:Security></s:Header><s:Body><Nonce>n2</Nonce><b:CardNo>c1</b:CardNo><Card no="c2" no2="c3"/></s:Body></s:Envelope>';
    expect(maskBody({ rules: [{ xml }] }, text, "xml").text).toBe(text.replace("n1", "***").replace("c1", "***").replace('"c2"', '"***"'));
  });

  test("mask the passwords and tokens of WS-Security by the profile", () => {
    const text =
      "<S:Header><w:Security><w:BinarySecurityToken>b1</w:BinarySecurityToken><w:Password>p1</w:Password></w:Security></S:Header>";
    expect(maskBody({}, text, "xml").text).toBe(text.replace("b1", "***").replace("p1", "***"));
  });

  test("mask segments of paths, however they are written", () => {
    const masker = createMasker({ rules: [{ path: "/customers/:id/cards/:no", mode: "last4" }, { path: "/files/:owner/**" }] });
    const redactions = new Redactions();
    const path = (text: string) => masker.path(text, redactions, "path");
    expect(path("/customers/4711/cards/1234567890")).toBe("/customers/***/cards/***7890");
    expect(path("/c%75stomers//4711/./cards/1;v=2/")).toBe("/c%75stomers//***/./cards/***/");
    expect(path("/customers/4711")).toBe("/customers/4711");
    expect(path("/files/zhang/a/b")).toBe("/files/***/a/b");
    expect(masker.url("https://h/files/zhang/a?b=c", redactions, "url")).toBe("https://h/files/***/a?b=c");
    expect(masker.header("Referer", "https://h/files/zhang/a", redactions, "h")).toBe("https://h/files/***/a");
    expect(redactions.list()).toEqual(["path.:id", "path.:no", "path.:owner", "url.:owner", "h.:owner"]);
  });

  test("mask matches of patterns everywhere, or only their group", () => {
    const rules = [
      { pattern: "SN-\\d{6}", flags: "i" },
      { pattern: "contract ([A-Z]+\\d+)", mode: "last4" as const },
    ];
    expect(maskBody({ rules }, '{"a":"sn-123456","b":["contract AB123456"]}')).toEqual({
      text: '{"a":"***","b":["contract ***3456"]}',
      paths: ["body.a.pattern", "body.b[].pattern"],
    });
    const masker = createMasker({ rules });
    expect(masker.text("bad SN-654321!", new Redactions(), "e")).toBe("bad ***!");
    expect(masker.url("/a/SN-654321?x=SN-%3654321", new Redactions(), "u")).toBe("/a/***?x=***");
  });

  test("apply names where they belong, and the first rule decides", () => {
    const masker = createMasker({
      keys: ["ref"],
      rules: [{ query: ["q1"] }, { form: ["f1"] }, { keys: ["ref"], mode: "remove" }, { keys: ["password"], mode: "remove" }],
    });
    expect(masker.query("q1=a&f1=b&ref=c", new Redactions(), "q")).toBe("q1=***&f1=b&ref=");
    expect(masker.body("q1=a&f1=b&ref=c", { kind: "form", isCut: false }, new Redactions(), "b")).toBe("q1=a&f1=***&ref=");
    expect(masker.body('{"q1":1,"f1":2,"ref":3,"password":4}', { kind: "json", isCut: false }, new Redactions(), "b")).toBe(
      '{"q1":1,"f1":2,"ref":null,"password":null}',
    );
  });

  test("switch single detectors on and off", () => {
    const text = '{"a":"13800138000 a@b.cn"}';
    expect(maskBody({ detectors: { email: true } }, text).text).toBe('{"a":"13800138000 ***"}');
    expect(maskBody({ profile: "cn-pipl", detectors: { email: false } }, text).text).toBe('{"a":"*** a@b.cn"}');
  });
});

test("a path in redacted never holds what is masked, and a key that is a number of a person is masked", () => {
  expect(maskBody({ profile: "cn-pipl" }, '{"13800138000":{"password":"x"},"a":1}')).toEqual({
    text: '{"***":{"password":"***"},"a":1}',
    paths: ["body.detector:phone", "body.***.password"],
  });
});

test("attributes and elements that are named by an attribute are masked", () => {
  expect(maskBody({}, '<form><input name="password" value="x"><input name="a" value="y"></form>', "text").text).toBe(
    '<form><input name="password" value="***"><input name="a" value="y"></form>',
  );
  expect(maskBody({}, '<c><property name="apiKey">x</property><property name="a">y</property></c>', "xml").text).toBe(
    '<c><property name="apiKey">***</property><property name="a">y</property></c>',
  );
});
