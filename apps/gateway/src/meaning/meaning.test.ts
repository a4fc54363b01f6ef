import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallView } from "./call-view.ts";
import { compileMeaning } from "./meaning.ts";
import type { Labels, Rules } from "./rules-schema.ts";

const view = (
  options: Partial<CallView> & { readonly headers?: Record<string, string>; readonly answered?: Record<string, string> },
): CallView => ({
  isFailed: false,
  requestBody: "",
  requestBodyIsCut: false,
  responseBody: "",
  responseBodyIsCut: false,
  query: undefined,
  requestHeader: (name) => options.headers?.[name],
  responseHeader: (name) => options.answered?.[name],
  ...options,
});

const read = (rules: Rules, options: Parameters<typeof view>[0] = {}, labels?: Labels) =>
  compileMeaning(rules, labels)?.read(view(options));
const success = (rule: Rules["success"], options: Parameters<typeof view>[0] = {}) => rule && read({ success: rule }, options)?.success;

describe("success", () => {
  const code = (value: string) => ({ responseBody: `{"code":${value}}` });

  test("is what the rule says, where the status is a success", () => {
    const isIn = { json: "$.code", in: ["0", 200] };
    expect(["0", '"0"', "200", '"E1"', '""'].map((value) => success(isIn, code(value)))).toEqual([true, true, true, false, false]);
    const notIn = { json: "$.code", notIn: ["E1", false, ""] };
    expect(["0", '"E1"', "false", '""'].map((value) => success(notIn, code(value)))).toEqual([true, false, false, false]);
    const matching = { json: "$.code", matches: "^(0|S.*)$" };
    expect(["0", '"S17"', '"E1"', "10"].map((value) => success(matching, code(value)))).toEqual([true, true, false, false]);
  });

  test("is false where the call failed, whatever the rule says", () => {
    expect(success({ json: "$.code", in: ["0"] }, { ...code("0"), isFailed: true })).toBe(false);
    expect(read({ bizCode: { json: "$.code" } }, { ...code("0"), isFailed: true })).toEqual({ success: false, bizCode: "0" });
  });

  test("is left to the status where there is no value, or a failure on demand", () => {
    for (const responseBody of ["", "{}", "[]", "oops", '{"code":null}', '{"code":{}}']) {
      expect(success({ json: "$.code", in: ["0"] }, { responseBody })).toBe(true);
      expect(success({ json: "$.code", in: ["0"], whenAbsent: "status" }, { responseBody })).toBe(true);
      expect(success({ json: "$.code", in: ["0"], whenAbsent: "failure" }, { responseBody })).toBe(false);
    }
    expect(success({ header: "x-code", of: "response", in: ["0"], whenAbsent: "failure" })).toBe(false);
  });

  test("is whether something is there", () => {
    const none = { json: "$.error", exists: false };
    const bodies = ['{"error":{"code":1}}', '{"error":"x"}', '{"error":""}', '{"error":[]}', '{"error":null}', "{}"];
    expect(bodies.map((responseBody) => success(none, { responseBody }))).toEqual([false, false, false, false, true, true]);
    expect(bodies.map((responseBody) => success({ ...none, exists: true }, { responseBody }))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(
      ['{"errors":[]}', '{"errors":[{"m":1}]}'].map((responseBody) => success({ json: "$.errors[0]", exists: false }, { responseBody })),
    ).toEqual([true, false]);
  });

  test("is not doubted because of what was cut off or not kept", () => {
    const rules: NonNullable<Rules["success"]>[] = [
      { json: "$.code", in: ["0"], whenAbsent: "failure" },
      { json: "$.code", exists: true },
    ];
    for (const rule of rules) {
      expect(success(rule, { responseBody: '{"list":[1,2', responseBodyIsCut: true })).toBe(true);
      expect(success(rule, { responseBody: undefined })).toBe(true);
      expect(success(rule, { responseBody: '{"list":[1,2' })).toBe(false);
    }
    const pattern = { pattern: "code=0", exists: true };
    expect(success(pattern, { responseBody: " ".repeat(20_000) })).toBe(true);
    expect(success(pattern, { responseBody: " ".repeat(20) })).toBe(false);
    expect(success({ json: "$.code", in: ["0"] }, { responseBody: '{"code":"E1","list":[', responseBodyIsCut: true })).toBe(false);
  });

  test("may hang on a SOAP Fault, a header, a parameter or the request", () => {
    const envelope = (inner: string) => ({ responseBody: `<s:Envelope><s:Body>${inner}</s:Body></s:Envelope>` });
    expect(success({ soapFault: true }, envelope("<s:Fault><faultcode>x</faultcode></s:Fault>"))).toBe(false);
    expect(success({ soapFault: true }, envelope("<ok><Fault/></ok>"))).toBe(true);
    expect(success({ header: "X-Result", of: "response", in: ["ok"] }, { answered: { "x-result": "no" } })).toBe(false);
    expect(success({ query: "dryRun", notIn: ["1"] }, { query: "dryRun=1" })).toBe(false);
    expect(success({ form: "mode", of: "request", in: ["live"] }, { requestBody: "mode=test" })).toBe(false);
  });

  test("is the status where no rule is about it", () => {
    expect(read({ bizCode: { json: "$.code" } })).toEqual({ success: true });
  });
});

describe("bizKeys", () => {
  test("are the distinct values of all selectors, of the request before the response", () => {
    const rules: Rules = {
      bizKeys: [{ json: "$..no" }, { xml: "//no" }, { query: "no" }, { header: "X-No" }, { form: "no" }, { pattern: "PO-\\d+" }],
    };
    expect(
      read(rules, {
        requestBody: '{"no":"A","l":[{"no":"B"}]}',
        responseBody: "<r><no>C</no><no>A</no>PO-7</r>",
        query: "no=D&no=A",
        headers: { "x-no": " E " },
      })?.bizKeys,
    ).toEqual(["A", "B", "C", "D", "E", "PO-7"]);
    expect(read(rules, { requestBody: "no=1&no=2" })?.bizKeys).toEqual(["1", "2"]);
    expect(
      read({ bizKeys: [{ json: "$.no", of: "response" }] }, { requestBody: '{"no":"A"}', responseBody: '{"no":"B"}' })?.bizKeys,
    ).toEqual(["B"]);
  });

  test("are at most 16 of at most 128 characters, and absent rather than empty", () => {
    const list = JSON.stringify({ no: Array.from({ length: 40 }, (_, index) => `${index}${"🎉".repeat(100)}`) });
    const keys = read({ bizKeys: [{ json: "$.no" }] }, { requestBody: list, responseBody: list })?.bizKeys ?? [];
    expect(keys).toHaveLength(16);
    expect(keys[0]).toBe(`0${"🎉".repeat(63)}`);
    expect(read({ bizKeys: [{ json: "$.no" }] }, { requestBody: '{"no":["", " ",null]}' })).toEqual({ success: true });
  });
});

describe("texts", () => {
  test("are trimmed and cut to their bounds, and absent rather than empty", () => {
    const rules: Rules = { bizCode: { json: "$.c" }, bizMessage: { json: "$.m" }, operation: { json: "$.o" } };
    const long = "é".repeat(5000);
    const body = JSON.stringify({ c: ` ${long}`, m: long, o: long });
    const meaning = read(rules, { requestBody: body, responseBody: body });
    expect([meaning?.bizCode?.length, meaning?.bizMessage?.length, meaning?.operation?.length]).toEqual([256, 1024, 256]);
    expect(read(rules, { requestBody: '{"o":" "}', responseBody: '{"c":"","m":null}' })).toEqual({ success: true });
  });

  test("of an operation are the SOAP action, else the first element of Body", () => {
    const rules: Rules = { operation: { soap: true } };
    const requestBody = "<e:Envelope><e:Header><x/></e:Header><e:Body>\n<m:placeOrder><no>1</no></m:placeOrder></e:Body></e:Envelope>";
    expect(read(rules, { requestBody, headers: { soapaction: '"urn:place"' } })?.operation).toBe("urn:place");
    expect(read(rules, { requestBody, headers: { "content-type": 'application/soap+xml;action="urn:x"' } })?.operation).toBe("urn:x");
    expect(read(rules, { requestBody, headers: { soapaction: '""' } })?.operation).toBe("placeOrder");
    expect(read(rules, { requestBody: "{}" })?.operation).toBeUndefined();
  });
});

describe("labels", () => {
  const labels = Object.freeze({ team: "a", tenant: "none" });

  test("of the call come on top of the route's, which are shared where there are none", () => {
    const rules: Rules = { labels: { tenant: { header: "x-tenant" }, zone: { json: "$.zone" } } };
    expect(read(rules, { headers: { "x-tenant": "t1" }, responseBody: '{"zone":7}' }, labels)?.labels).toEqual({
      team: "a",
      tenant: "t1",
      zone: "7",
    });
    expect(read(rules, {}, labels)?.labels).toBe(labels);
    expect(read(rules, {})).toEqual({ success: true });
  });
});

describe("the rules of a route", () => {
  test("cost nothing where there are none", () => {
    expect(compileMeaning({}, { team: "a" })).toBeUndefined();
  });

  test("tell which bodies they read", () => {
    const reads = (rules: Rules) => {
      const reader = compileMeaning(rules, undefined);
      return [reader?.readsRequestBody, reader?.readsResponseBody];
    };
    expect(reads({ bizKeys: [{ query: "no" }, { header: "x" }] })).toEqual([false, false]);
    expect(reads({ bizKeys: [{ json: "$.no" }] })).toEqual([true, true]);
    expect(reads({ bizKeys: [{ json: "$.no", of: "request" }] })).toEqual([true, false]);
    expect(reads({ success: { soapFault: true } })).toEqual([false, true]);
    expect(reads({ operation: { soap: true } })).toEqual([true, false]);
  });

  test("take any bodies without throwing, and read the same again afterwards", () => {
    const reader = compileMeaning(
      {
        success: { json: "$..code", in: ["0"] },
        bizKeys: [{ json: "$..no" }, { xml: "//no" }, { form: "no" }, { pattern: "no.(\\w+)" }],
        operation: { soap: true },
      },
      undefined,
    );
    const known = view({ requestBody: "<no>1</no>", responseBody: '{"no":2,"code":1}' });
    const before = reader?.read(known);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.json(), (noise, json) => {
        reader?.read(view({ requestBody: noise, responseBody: json, query: noise }));
        reader?.read(view({ requestBody: `<a>${noise}`, responseBody: `${json.slice(0, -1)}${noise}` }));
        expect(reader?.read(known)).toEqual(before);
      }),
    );
    expect(before).toEqual({ success: false, bizKeys: ["2", "1"] });
  });
});
