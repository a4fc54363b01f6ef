import { describe, expect, test } from "vitest";
import { isAddressRange, TrustedProxies } from "./client-address.ts";

describe("ranges of addresses", () => {
  test.each(["10.1.2.3", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"])("%s is one", (range) => expect(isAddressRange(range)).toBe(true));
  test.each(["", "10.0.0", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8/8", "::1/129", "localhost"])("%s is none", (range) =>
    expect(isAddressRange(range)).toBe(false),
  );
});

describe("the client behind trusted proxies", () => {
  const proxies = new TrustedProxies(["10.0.0.0/8", "::1", "fd00::/8"]);
  const clientIp = (peer: string, forwardedFor?: string) =>
    proxies.resolve(peer, forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }, "h").clientIp;

  test.each([
    ["9.9.9.9", "1.1.1.1", "9.9.9.9"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["10.0.0.1", "1.1.1.1", "1.1.1.1"],
    ["::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"],
    ["10.0.0.1", "6.6.6.6, 1.1.1.1, 10.9.9.9", "1.1.1.1"],
    ["10.0.0.1", "10.2.2.2, 10.3.3.3", "10.2.2.2"],
    ["10.0.0.1", "2001:db8::1, [fd00::2]:443", "2001:db8::1"],
    ["10.0.0.1", "1.1.1.1:5000", "1.1.1.1"],
    ["10.0.0.1", "1.1.1.1, not an address", "10.0.0.1"],
    ["::1", "1.1.1.1", "1.1.1.1"],
    ["", "1.1.1.1", ""],
  ])("of %s with %s is %s", (peer, forwardedFor, expected) => expect(clientIp(peer, forwardedFor)).toBe(expected));

  test("is the peer where no proxy is trusted", () => {
    expect(new TrustedProxies([]).resolve("10.0.0.1", { "x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https" }, "h")).toEqual({
      clientIp: "10.0.0.1",
      scheme: "http",
      host: "h",
      behindProxy: false,
    });
  });
});
