import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { repositoryRoot } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkConfig, configSchema } from "../config.ts";
import { loadRoutesFile } from "../routes-file.ts";
import type { CallView } from "./call-view.ts";
import { compileMeaning } from "./meaning.ts";
import { labelsFor, rulesFor } from "./route-rules.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gatelog-rules-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const load = (yaml: string) => {
  const file = join(dir, "a.yaml");
  writeFileSync(file, yaml);
  const content = loadRoutesFile(file);
  return content.routes.map((route) => {
    const labels = labelsFor(content, route);
    return { env: route.env ?? content.env, labels, meaning: compileMeaning(rulesFor(content, route), labels) };
  });
};

const head = "project: p\nupstreams:\n  - { name: u, servers: [http://127.0.0.1:1] }\n";
const withRules = (rules: string) =>
  `${head}routes:\n  - name: r\n    prefix: /r\n    upstream: u\n    rules:\n${rules.replaceAll(/^/gm, "      ")}\n`;

const call = (options: Partial<CallView> & { readonly headers?: Record<string, string> }): CallView => ({
  isFailed: false,
  requestBody: "",
  requestBodyIsCut: false,
  responseBody: "",
  responseBodyIsCut: false,
  query: undefined,
  requestHeader: (name) => options.headers?.[name],
  responseHeader: () => undefined,
  ...options,
});

describe("a routes file", () => {
  test("gives its rules, labels and environment to its routes, each key of which a route may replace", () => {
    const routes = load(`${head}env: dev
labels: { team: a, tier: none }
rules: { bizCode: { json: $.code }, bizMessage: { json: $.msg } }
routes:
  - { name: plain, prefix: /a, upstream: u }
  - { name: own, prefix: /b, upstream: u, env: prod, labels: { tier: gold }, rules: { bizCode: { json: $.status } } }
`);
    const view = call({ responseBody: '{"code":1,"status":2,"msg":"m"}' });
    expect(routes.map((route) => [route.env, route.labels])).toEqual([
      ["dev", { team: "a", tier: "none" }],
      ["prod", { team: "a", tier: "gold" }],
    ]);
    expect(routes.map((route) => route.meaning?.read(view).bizCode)).toEqual(["1", "2"]);
    expect(routes.map((route) => route.meaning?.read(view).bizMessage)).toEqual(["m", "m"]);
    expect(routes.every((route) => Object.isFrozen(route.labels))).toBe(true);
  });

  test("without rules and labels gives its routes none", () => {
    const [route] = load(`${head}routes:\n  - { name: r, prefix: /r, upstream: u }\n`);
    expect(route).toEqual({ meaning: undefined, labels: undefined, env: undefined });
  });
});

describe("rules are refused with file and line where they have", () => {
  test.each([
    ["an unknown key", "bizcode: { json: $.a }", /a\.yaml:9:7: routes\[0\]\.rules\.bizcode: unknown key "bizcode", did you mean "bizCode"/],
    [
      "two selectors in one",
      "bizCode: { json: $.a, xml: //a }",
      /:9:7: .*bizCode: expected exactly one of the keys json, .*, found json and xml/,
    ],
    ["no selector", "bizCode: { of: request }", /:9:7: .*found none of them/],
    ["a bad JSON path", "bizCode: { json: $.order-no }", /:9:18: .*bizCode\.json: .*expected \. or \[ at character 8, found "-"/],
    ["a bad XML path", 'bizKeys:\n  - { xml: "//a[1]" }', /:10:13: .*bizKeys\[0\]\.xml: .*expected \/ at character 4, found "\["/],
    ["a bad regular expression", 'bizCode: { pattern: "(a" }', /:9:18: .*bizCode\.pattern: this is no regular expression of RE2/],
    ["a bad expression to match", 'success: { json: $.a, matches: "(?=a)" }', /:9:29: .*success\.matches: .*no look-around/],
    [
      "an unknown whenAbsent",
      "success: { json: $.a, in: [a], whenAbsent: never }",
      /:9:38: .*expected "status" or "failure", found "never"/,
    ],
    ["no test", "success: { json: $.a }", /:9:7: .*success: expected exactly one of the keys in, notIn, matches, exists, found none/],
    ["two tests", "success: { json: $.a, in: [a], exists: true }", /:9:7: .*found in and exists/],
    [
      "exists and whenAbsent",
      "success: { json: $.a, exists: true, whenAbsent: status }",
      /:9:43: .*whenAbsent: has no meaning beside exists/,
    ],
    ["soapFault and a test", "success: { soapFault: true, in: [a] }", /:9:35: .*has no meaning beside soapFault/],
    ["soapFault: false", "success: { soapFault: false }", /:9:18: .*expected true, found false/],
    ["of beside a parameter", "bizKeys:\n  - { query: no, of: response }", /:10:24: .*of: has no meaning beside query/],
    ["a bad side", "bizCode: { json: $.a, of: both }", /:9:29: .*expected "request" or "response", found "both"/],
    ["soap elsewhere", "bizCode: { soap: true }", /:9:18: .*unknown key "soap"/],
    ["a label with a bad name", 'labels: { "a b": { header: x } }', /:9:17: .*the key "a b" does not match/],
  ])("%s", (_what, rules, message) => {
    expect(() => load(withRules(rules))).toThrow(message);
  });

  test("the same in the rules of the file", () => {
    expect(() => load(`${head}rules:\n  bizCode: { json: code }\n`)).toThrow(
      /a\.yaml:5:14: rules\.bizCode\.json: .*expected \$ at character 1/,
    );
  });

  test("more than 32 labels in all", () => {
    const labels = (prefix: string, count: number) =>
      `{ ${Array.from({ length: count }, (_, index) => `${prefix}${index}: x`).join(", ")} }`;
    const yaml = (count: number) =>
      `${head}labels: ${labels("a", 20)}\nroutes:\n  - { name: r, prefix: /r, upstream: u, labels: ${labels("b", count)}, rules: { labels: { c: { header: c } } } }\n`;
    expect(() => load(yaml(12))).toThrow(/a\.yaml:6:\d+: routes\[0\]\.labels: expected at most 32 labels, .* found 33/);
    expect(load(yaml(11))).toHaveLength(1);
    expect(() => load(`${head}labels: { a: ${"x".repeat(257)} }`)).toThrow(
      /a\.yaml:4:11: labels\.a: expected a string of at most 256 characters/,
    );
  });
});

describe("the guide's examples", () => {
  const guide = readFileSync(join(repositoryRoot, "docs/guides/business-meaning.md"), "utf8");
  const examples = [...guide.matchAll(/```yaml\n# ([\w./]+)\n([\s\S]*?)```/g)].map(([, name = "", yaml = ""]) => ({ name, yaml }));
  const example = (name: string) => load(examples.find((item) => item.name === name)?.yaml ?? "");

  test("of a JSON API gives what the guide says", () => {
    const routes = example("routes.d/shop.yaml");
    const expected: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? "");
    const meaning = routes[0]?.meaning?.read(
      call({
        requestBody: '{"items":[{"no":"SKU-1"}]}',
        responseBody: '{"code":"E001","msg":"out of stock","data":{"orderNo":"PO-7"}}',
        headers: { "x-tenant": "acme" },
      }),
    );
    expect(meaning).toEqual(expected);
    expect(routes.map((route) => route.env)).toEqual(["prod", "test"]);
  });

  test("of a SOAP service sees a Fault", () => {
    const [route] = example("routes.d/erp.yaml");
    const envelope = (body: string) => `<s:Envelope xmlns:s="urn:s"><s:Body>${body}</s:Body></s:Envelope>`;
    expect(
      route?.meaning?.read(
        call({
          requestBody: envelope('<m:PlaceOrder><m:Order no="PO-7"/></m:PlaceOrder>'),
          responseBody: envelope("<s:Fault><faultcode>s:Client</faultcode><faultstring>no such item</faultstring></s:Fault>"),
          headers: { soapaction: '""' },
        }),
      ),
    ).toEqual({ success: false, bizCode: "s:Client", bizMessage: "no such item", operation: "PlaceOrder", bizKeys: ["PO-7"] });
  });

  test("of a form API reads both forms", () => {
    const [route] = example("routes.d/pay.yaml");
    const requestBody = "method=trade.pay&out_trade_no=T%2D1";
    expect(route?.meaning?.read(call({ requestBody, responseBody: "result=FAIL&err_code=E1" }))).toEqual({
      success: false,
      bizCode: "E1",
      operation: "trade.pay",
      bizKeys: ["T-1"],
    });
    expect(route?.meaning?.read(call({ requestBody, responseBody: "result=SUCCESS&x=1" }))).toMatchObject({ success: true });
    expect(route?.meaning?.read(call({ requestBody, responseBody: "oops" }))).toMatchObject({ success: false });
  });

  test("of callers is a valid configuration", () => {
    const file = join(dir, "gateway.yaml");
    writeFileSync(file, examples.find((item) => item.name === "gateway.yaml")?.yaml ?? "");
    expect(loadConfig({ app: "gateway", schema: configSchema, file, env: {}, check: checkConfig }).config.caller).toHaveLength(3);
  });
});
