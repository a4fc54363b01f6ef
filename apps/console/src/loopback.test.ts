import { expect, test } from "vitest";
import { isLocalHostHeader, isLoopback } from "./loopback.ts";

test.each(["127.0.0.1", "127.0.0.53", "localhost", "::1", "[::1]", "LOCALHOST"])("%s is loopback", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["0.0.0.0", "::", "192.168.1.4", "127.0.0.1.evil.example", "console.internal", "127.1", "::ffff:10.0.0.1"])(
  "%s can be reached from elsewhere, or might be",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

test.each(["localhost", "localhost:5601", "127.0.0.1:5601", "[::1]:5601", "LocalHost:80"])("Host %s is this machine", (header) => {
  expect(isLocalHostHeader(header)).toBe(true);
});

test.each([undefined, "", "evil.example", "localhost.evil.example:5601", "127.0.0.1.nip.io", "127.0.0.1:5601@evil.example", "::1"])(
  "Host %s is not",
  (header) => {
    expect(isLocalHostHeader(header)).toBe(false);
  },
);
