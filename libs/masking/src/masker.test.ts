import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TextKind } from "./mask-body.ts";
import { createMasker } from "./masker.ts";
import { Redactions } from "./redactions.ts";

const masker = createMasker();

function body(text: string, kind: TextKind = "json", isCut = false): { text: string; paths: string[] } {
  const redactions = new Redactions();
  return { text: masker.body(text, { kind, isCut }, redactions, "body") ?? "omitted", paths: redactions.list() ?? [] };
}

describe("headers", () => {
  test.each(["Authorization", "cookie", "Set-Cookie", "X-Api-Key", "proxy-authorization", "X-Auth-Token", "X-CSRF-Token", "Client-Secret"])(
    "the value of %s is masked",
    (name) => {
      const redactions = new Redactions();
      expect(masker.header(name, "tr0ub4dor", redactions, `requestHeaders.${name}`)).toBe("***");
      expect(redactions.list()).toEqual([`requestHeaders.${name}`]);
    },
  );

  test("an ordinary header stays, and a secret inside of its value does not", () => {
    const redactions = new Redactions();
    expect(masker.header("accept", "application/json", redactions, "h.accept")).toBe("application/json");
    expect(masker.header("location", "/cb?state=1&access_token=abc#x", redactions, "h.location")).toBe("/cb?state=1&access_token=***#x");
    expect(redactions.list()).toEqual(["h.location.access_token"]);
  });
});

describe("JSON", () => {
  test("secret keys are masked at any depth, and every other byte stays", () => {
    const text = '{ "user": {"name":"a","passWord" : "x\\"y", "n": 12345678901234567890 }, "list":[{"pwd":1}], "token_count": 7 }';
    expect(body(text)).toEqual({
      text: '{ "user": {"name":"a","passWord" : "***", "n": 12345678901234567890 }, "list":[{"pwd":"***"}], "token_count": 7 }',
      paths: ["body.user.passWord", "body.list[].pwd"],
    });
  });

  test("a whole object or list under a secret key is masked", () => {
    expect(body('{"secrets":{"a":"]}","b":[1]},"credentials":["x","y"],"z":1}').text).toBe('{"secrets":"***","credentials":"***","z":1}');
  });

  test("null, booleans and empty strings under a secret key stay: they reveal nothing", () => {
    expect(body('{"password":null,"hasPassword":true,"token":""}')).toEqual({
      text: '{"password":null,"hasPassword":true,"token":""}',
      paths: [],
    });
  });

  test("a key that is spelt with escapes is still found", () => {
    expect(body('{"\\u0070assword":"tr0ub4dor"}').text).not.toContain("tr0ub4dor");
  });

  test("JSON in a string of JSON is masked inside", () => {
    const inner = JSON.stringify({ a: 1, password: "tr0ub4dor" });
    const masked = body(JSON.stringify({ payload: inner, note: "kept" })).text;
    expect(JSON.parse(JSON.parse(masked).payload)).toEqual({ a: 1, password: "***" });
    expect(masked).toContain("kept");
  });

  test.each(['{"a":1,"password":"tr0ub4d', '{"a":{"secret":["tr0ub4d', '{"payload":"{\\"password\\":\\"tr0ub4d', '{"token":tr0ub4d'])(
    "a body that is cut is masked all the same: %s",
    (text) => expect(body(text).text).not.toContain("tr0ub4d"),
  );

  test("a body that is no JSON is masked by patterns", () => {
    expect(body("{password: 'tr0ub4dor', user: 'a'}").text).toBe("{password: '***', user: 'a'}");
    expect(body("user=a&password=tr0ub4dor&b=1").text).toBe("user=a&password=***&b=1");
    expect(body("log('password=tr0ub4dor')").text).toBe("log('password=***')");
    expect(body("user=a&password=tr0'ub)4dor&b=1").text).toBe("user=a&password=***&b=1");
    expect(body(`json=${encodeURIComponent('{"password":"tr0\'ub(4)dor"}')}&b=1`, "text").text).not.toMatch(/tr0|ub|dor/);
  });

  test("several documents in a row are masked", () => {
    expect(body('{"pwd":"x"}\n{"pwd":"y"}\n').text).toBe('{"pwd":"***"}\n{"pwd":"***"}\n');
  });
});

describe("forms, queries and URLs", () => {
  test("secret fields are masked, however their names are encoded", () => {
    expect(body("user=a&pass%77ord=tr0ub4dor&x=1", "form")).toEqual({ text: "user=a&pass%77ord=***&x=1", paths: ["body.password"] });
    expect(body("user%5Btoken%5D=tr0ub4dor&x=1", "form").text).toBe("user%5Btoken%5D=***&x=1");
    expect(body("card[cvv]=123&card[number]=1&pin[]=4", "form").text).toBe("card[cvv]=***&card[number]=1&pin[]=***");
    // encodeURIComponent leaves apostrophes.
    expect(body("password=tr0ub4d'or&x=1", "form").text).toBe("password=***&x=1");
  });

  test("JSON that is sent as a form, as curl does by default, is masked", () => {
    expect(body('{"password":"tr0ub4dor"}', "form").text).toBe('{"password":"***"}');
  });

  test("a field that holds JSON is masked inside", () => {
    const text = `data=${encodeURIComponent('{"password":"tr0ub4dor","a":"b c"}')}&x=1`;
    expect(decodeURIComponent(body(text, "form").text)).toBe('data={"password":"***","a":"b c"}&x=1');
  });

  test("a URL loses the secrets of its user info, path parameters, query and fragment", () => {
    const masked = masker.url(
      "http://u:tr0ub4dor@h/a;jsessionid=tr0ub4dor/b?x=1&api_key=tr0ub4dor#access_token=tr0ub4dor",
      new Redactions(),
      "url",
    );
    expect(masked).not.toContain("tr0ub4dor");
    expect(masked).toContain("?x=1&api_key=***#access_token=***");
  });
});

describe("text", () => {
  test.each([
    ["connect failed: password=tr0ub4dor; retry", "connect failed: password=***; retry"],
    ["Authorization: Bearer abc.def", "Authorization: ***"],
    ["it said bearer 0123456789abcdef.", "it said bearer ***"],
    ["<l:Password Type='T'>tr0ub4dor</l:Password><a>1</a>", "<l:Password Type='T'>***</l:Password><a>1</a>"],
    ['<user name="a" password="tr0ub4dor"/>', '<user name="a" password="***"/>'],
    ["redis://app:tr0ub4dor@cache:6379/0", "redis://***@cache:6379/0"],
    ["密码:tr0ub4dor,用户:张三", "密码:***,用户:张三"],
    ["密码:tr0ub4dor 用户:张三", "密码:*** 用户:张三"],
    ["jwt eyJhbGciOi.eyJzdWIiOi.c2ln end", "jwt *** end"],
  ])("%s", (text, expected) => expect(masker.text(text, new Redactions(), "t")).toBe(expected));

  test("text without secrets is returned as the same string", () => {
    const text = "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》";
    expect(masker.text(text, new Redactions(), "t")).toBe(text);
    expect(body(text).text).toBe(text);
  });

  test("further names can be configured", () => {
    const own = createMasker({ keys: ["id_card"], headers: ["X-Customer"] });
    expect(own.body('{"idCard":"tr0ub4dor","ID-CARD":"tr0ub4dor"}', { kind: "json", isCut: false }, new Redactions(), "b")).toBe(
      '{"idCard":"***","ID-CARD":"***"}',
    );
    expect(own.header("x-customer", "tr0ub4dor", new Redactions(), "h")).toBe("***");
  });
});

describe("for any body", () => {
  const secret = "tr0ub4dor&3";
  const secretKeys = ["password", "Password", "access_token", "apiKey", "client-secret", "newPwd", "secret_2", "authorization"];
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("node"), { maxLength: 3 }), fc.dictionary(fc.string(), tie("node"), { maxKeys: 3 })),
  })).node;
  const planted = fc.tuple(tree, fc.constantFrom(...secretKeys), fc.boolean()).map(([around, key, deep]) => {
    const holder = { before: around, [key]: deep ? { any: [secret] } : secret, after: around };
    return deep ? [{ x: [holder] }] : holder;
  });

  test("a secret planted in JSON never survives, wherever the body is cut", () => {
    fc.assert(
      fc.property(planted, fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(undefined, 2), (value, cut, indent) => {
        const whole = JSON.stringify(value, undefined, indent);
        const at = whole.indexOf(secret) + Math.max(4, Math.floor(cut * (whole.length - whole.indexOf(secret))));
        for (const text of [whole, whole.slice(0, at)]) expect(body(text).text).not.toContain(secret.slice(0, 4));
      }),
      { numRuns: 500 },
    );
  });

  test("well-formed JSON stays well-formed and keeps all but the secret", () => {
    fc.assert(
      fc.property(tree, (around) => {
        const masked = JSON.parse(body(JSON.stringify({ around, password: secret })).text);
        expect(masked.password).toBe("***");
      }),
    );
  });

  test("a secret planted in a form or a query never survives", () => {
    const pair = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), fc.constantFrom(...secretKeys), fc.nat(5), (pairs, key, place) => {
        pairs.splice(place, 0, [key, secret]);
        const text = new URLSearchParams(pairs).toString();
        for (const masked of [
          body(text, "form").text,
          masker.query(text, new Redactions(), "q"),
          masker.url(`http://h/p?${text}`, new Redactions(), "u"),
        ])
          expect(decodeURIComponent(masked.replaceAll("+", " "))).not.toContain(secret.slice(0, 6));
      }),
      { numRuns: 500 },
    );
  });
});
