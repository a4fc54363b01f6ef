import { expect, test } from "vitest";
import { soapAction } from "./soap.ts";

test.each([
  ['"urn:shop#place"', "text/xml", "urn:shop#place"],
  [" urn:shop#place ", undefined, "urn:shop#place"],
  ['""', "text/xml", undefined],
  [undefined, 'application/soap+xml; charset=utf-8; action="urn:x"', "urn:x"],
  [undefined, "application/soap+xml;ACTION=urn:x;charset=utf-8", "urn:x"],
  ['""', 'application/soap+xml; action="urn:x"', "urn:x"],
  [undefined, 'application/soap+xml; action=""', undefined],
  [undefined, "application/soap+xml; transaction=urn:x", undefined],
  [undefined, undefined, undefined],
])("of SOAPAction %s and Content-Type %s the action is %3$s", (header, contentType, expected) => {
  expect(soapAction(header, contentType)).toBe(expected);
});
