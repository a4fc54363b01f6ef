import { expect, test } from "vitest";
import { commonName } from "./certificate-subject.ts";

test.each([
  ["CN=billing,OU=apps,O=Example", "billing"],
  ["O=Example, OU=apps, cn = billing ", "billing"],
  ["emailAddress=a@b,CN=Doe\\, Jane+UID=7,C=CN", "Doe, Jane"],
  ['CN="Doe, Jane",C=CN', "Doe, Jane"],
  ["CN=\\E5\\BC\\A0\\E4\\B8\\89", "张三"],
  ["CN=a\\\\41\\20b", "a\\41 b"],
  ["2.5.4.3=billing", "billing"],
  ["/C=CN/O=Example/CN=billing", "billing"],
  ["/C=CN/O=Example/CN=billing/emailAddress=a@b", "billing"],
  ["/O=x/CN=admin/CN=billing", undefined],
  ["O=CN\\=admin,C=CN", undefined],
  ['O="x,CN=admin",CN=billing', "billing"],
  ["O=x\\,CN=admin,CN=billing", "billing"],
  ["CN=#0403666f6f", undefined],
  ["CN=", undefined],
  ["C=CN", undefined],
  ["", undefined],
  ["/", undefined],
  [`CN=${"a".repeat(5000)}`, undefined],
])("the common name of %s is %s", (subject, expected) => {
  expect(commonName(subject)).toBe(expected);
});
