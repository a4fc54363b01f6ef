import { expect, test } from "vitest";
import { murmur3 } from "./hash.ts";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

const fieldsOf = (filter: unknown, fields: Record<string, unknown>) => filtered([filter], "line", fields)?.fields;

test("cidr tags addresses of its networks, IPv4 within IPv6 too", () => {
  const filter = { cidr: { source: "ip", networks: ["10.0.0.0/8", "fd00::/8", "192.0.2.1"], tag: "internal", target: "net.internal" } };
  for (const ip of ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "192.0.2.1", ["1.1.1.1", "10.0.0.1"]])
    expect(fieldsOf(filter, { ip })).toMatchObject({ tags: ["internal"], net: { internal: true } });
  for (const ip of ["11.1.2.3", "192.0.2.2", "fe80::1"]) expect(fieldsOf(filter, { ip })).toEqual({ ip });
  expect(fieldsOf(filter, { ip: "nobody" })).toMatchObject({ tags: ["_cidrfailure"] });
  expect(fieldsOf({ cidr: { source: "ip", networks: ["0.0.0.0/0"], tag: "four" } }, { ip: "9.9.9.9" })).toMatchObject({ tags: ["four"] });
});

test("cidr refuses what is no network", () => {
  for (const network of ["10.0.0.0/33", "x", "10.0.0.0/8/8", "::/129", "10.0.0.0/-1"])
    expect(problemsOf([{ cidr: { networks: [network], tag: "t" } }])).toEqual([expect.stringContaining("is no network")]);
  expect(problemsOf([{ cidr: { networks: ["::/0"] } }])).toEqual([expect.stringContaining("does nothing")]);
});

test("urlParts takes URLs apart, and keeps no password", () => {
  const filter = { urlParts: { source: "u" } };
  expect(fieldsOf(filter, { u: "https://me:p@ss@h.cn:8443/a/b.json?x=1#y" })?.["url"]).toEqual({
    original: "https://me@h.cn:8443/a/b.json?x=1#y",
    scheme: "https",
    domain: "h.cn",
    username: "me",
    port: 8443,
    path: "/a/b.json",
    extension: "json",
    query: "x=1",
    fragment: "y",
  });
  expect(fieldsOf(filter, { u: "/a?b=c" })?.["url"]).toEqual({ original: "/a?b=c", path: "/a", query: "b=c" });
  expect(fieldsOf(filter, { u: "http://[" })).toMatchObject({ tags: ["_urlpartsfailure"] });
  expect(fieldsOf(filter, {})).toEqual({});
});

test("userAgent reads browsers and programs", () => {
  const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
  const filter = { userAgent: { source: "ua" } };
  expect(fieldsOf(filter, { ua: agent })?.["user_agent"]).toMatchObject({
    original: agent,
    name: "Chrome",
    version: "120.0.0.0",
    os: { name: "Windows" },
  });
  expect(fieldsOf(filter, { ua: "curl/8.5.0" })?.["user_agent"]).toMatchObject({ name: "curl", version: "8.5.0" });
  expect(fieldsOf(filter, { ua: "(".repeat(100_000) })?.["user_agent"]).toHaveProperty("original");
  expect(fieldsOf(filter, { ua: 5 })).toMatchObject({ tags: ["_useragentfailure"] });
});

test("fingerprint hashes fields with their names, and never the event's id", () => {
  const hash = (options: object, fields: Record<string, unknown>) => fieldsOf({ fingerprint: options }, fields)?.["fingerprint"];
  expect(hash({ fields: ["a", "b"] }, { a: "x", b: "" })).toMatch(/^[0-9a-f]{64}$/);
  expect(hash({ fields: ["a", "b"] }, { a: "x", b: "" })).not.toBe(hash({ fields: ["a", "b"] }, { a: "", b: "x" }));
  expect(hash({ fields: ["a"], key: "k" }, { a: "x" })).not.toBe(hash({ fields: ["a"] }, { a: "x" }));
  expect(hash({ fields: ["a"], method: "murmur3" }, { a: "x" })).toMatch(/^[0-9a-f]{8}$/);
  expect(hash({ fields: ["a"] }, { b: 1 })).toBeUndefined();
  expect(problemsOf([{ fingerprint: { fields: ["a"], target: "id" } }])).toEqual([expect.stringContaining("cannot be changed")]);
});

test("murmur3 gives the hashes of its reference", () => {
  expect([murmur3(""), murmur3("", 1), murmur3("test"), murmur3("Hello, world!")]).toEqual([0, 0x514e28b7, 0xba6bd213, 0xc0363e43]);
});

test("sample keeps about its share, and decides alike of an event that comes again", () => {
  const events = () =>
    Array.from({ length: 4000 }, (_, index) => eventOf("x", {}, `0199a1b2-c3d4-7000-8000-${String(index).padStart(12, "0")}`));
  const idsOf = (salt = "") => runFilters([{ sample: { share: 0.25, salt } }], events()).events.map(({ id }) => id);
  expect(idsOf().length).toBeGreaterThan(850);
  expect(idsOf().length).toBeLessThan(1150);
  expect(idsOf()).toEqual(idsOf());
  expect(idsOf("other")).not.toEqual(idsOf());
});
