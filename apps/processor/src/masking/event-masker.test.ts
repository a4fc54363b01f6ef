import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventMasker } from "./event-masker.ts";

const masker = new EventMasker({});
const personal = new EventMasker({ profile: "cn-pipl" });

const seed = (requestContent: string, requestURL = "http://h:9000/a?b=1") =>
  JSON.stringify({ status: "200", requestTime: "2018-10-11 18:09:02", requestURL, method: "/a", requestContent, responseContent: "ok" });

test("a line without secrets is the same string", () => {
  for (const line of ["GET /a 200", seed('{"a":1}'), "", "{", '{"a":12345678901234567890.0}']) expect(masker.line(line)).toBe(line);
});

test("a seed line is masked in its bodies, its URL and its query, and the rest stays byte for byte", () => {
  const line = seed('{"password":"geheim"}', "http://u:geheim@h/a?token=geheim");
  const masked = masker.line(line);
  expect(masked).not.toContain("geheim");
  expect(JSON.parse(masked)).toMatchObject({ status: "200", responseContent: "ok", requestContent: '{"password":"***"}' });
});

test("a form in a body of the original is masked by its names", () => {
  expect(JSON.parse(masker.line(seed("user=a&password=geheim&x=1")))).toMatchObject({ requestContent: "user=a&password=***&x=1" });
});

test("secrets behind nginx's escapes are found, and the line becomes JSON", () => {
  const line = String.raw`{"status":"200","requestURL":"http://h/a","requestContent":"{\x22password\x22:\x22geheim\x22,\x22n\x22:\x22\xE6\x97\xA5\x22}"}`;
  expect(JSON.parse(masker.line(line))).toEqual({ status: "200", requestURL: "http://h/a", requestContent: '{"password":"***","n":"日"}' });
  const harmless = line.replace("password", "colour");
  expect(masker.line(harmless)).toBe(harmless);
});

test("a torn line in nginx's escapes is masked as text, and stays one line", () => {
  const masked = masker.line(String.raw`{"requestContent":"\x0A{\x22password\x22:\x22geheim`);
  expect(masked).not.toContain("geheim");
  expect(masked).not.toContain("\n");
});

test("rules for headers, queries, forms and paths hold for the fields of a record of whatever key order", () => {
  const rules = [{ headers: ["x-tenant"] }, { query: ["q"] }, { form: ["f"] }, { path: "/customers/:id" }];
  const line = JSON.stringify({
    requestHeaders: { "content-type": "application/x-www-form-urlencoded", "X-Tenant": "geheim", cookie: "a=geheim", list: ["a"] },
    requestTime: "2026-11-23T08:00:00.000Z",
    v: 1,
    url: "http://h/customers/geheim?q=geheim",
    path: "/customers/geheim",
    query: "q=geheim",
    requestContent: "f=geheim",
  });
  const masked = new EventMasker({ rules }).line(line);
  expect(masked).not.toContain("geheim");
  expect(JSON.parse(masked)).toMatchObject({ path: "/customers/***", query: "q=***", requestContent: "f=***" });
});

test("a key that is there twice is masked twice", () => {
  const line = '{"requestTime":"x","requestHeaders":{"cookie":"geheim1"},"requestHeaders":{"cookie":"geheim2"}}';
  expect(masker.line(line)).not.toContain("geheim");
});

test("the strict profile leaves out the bodies of the original, which claim no type", () => {
  expect(JSON.parse(new EventMasker({ profile: "strict" }).line(seed("whatever")))).toMatchObject({ requestContent: "" });
});

test("fields are masked, and the transport's own numbers stay numbers", () => {
  const json = '{"log":{"offset":13800138000},"user":{"phone":"13800138000"},"password":"geheim"}';
  expect(JSON.parse(personal.fieldsJson(json))).toEqual({ log: { offset: 13800138000 }, user: { phone: "***" }, password: "***" });
});

test("no text makes it throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => typeof personal.line(line) === "string"));
  fc.assert(fc.property(fc.json(), (body) => typeof personal.line(seed(body)) === "string"));
  for (const line of [`{"url":${"[".repeat(50_000)}`, `{"url":"${"\\\\".repeat(500_000)}"}`, `{"url":"${"a".repeat(3_000_000)}`])
    expect(masker.line(line)).toBe(line);
});
