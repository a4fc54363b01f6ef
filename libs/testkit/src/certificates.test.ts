import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { certificateAuthority } from "./certificates.ts";

test("a chain of certificates holds from the root to the leaf", () => {
  const root = certificateAuthority("root");
  const intermediate = root.intermediate("intermediate");
  const [top, middle, leaf] = [root, intermediate, intermediate.issue("leaf")].map(({ certificate }) => new X509Certificate(certificate));
  expect(leaf?.verify((middle as X509Certificate).publicKey)).toBe(true);
  expect(middle?.verify((top as X509Certificate).publicKey)).toBe(true);
  expect([top?.ca, middle?.ca, leaf?.ca]).toEqual([true, true, false]);
  expect(leaf?.verify((top as X509Certificate).publicKey)).toBe(false);
});

test("a certificate has the names and the times that were asked for", () => {
  const notAfter = new Date("2061-02-03T04:05:06Z");
  const { certificate } = certificateAuthority("root").issue("leaf", { names: ["receiver.example", "10.1.2.3"], notAfter });
  const leaf = new X509Certificate(certificate);
  expect(leaf.subjectAltName).toBe("DNS:receiver.example, IP Address:10.1.2.3");
  expect(new Date(leaf.validTo)).toEqual(notAfter);
  expect(leaf.checkHost("receiver.example")).toBe("receiver.example");
});
