import { describe, expect, test } from "vitest";
import { parseXmlPath } from "./xml-path.ts";

describe("an XML path", () => {
  test("is read into its steps and its attribute", () => {
    expect(parseXmlPath("/Envelope/Body/*")).toEqual({
      steps: [
        { name: "Envelope", descends: false },
        { name: "Body", descends: false },
        { name: "*", descends: false },
      ],
      attribute: undefined,
    });
    expect(parseXmlPath("//Order/@no")).toEqual({ steps: [{ name: "Order", descends: true }], attribute: "no" });
    expect(parseXmlPath("/订单//order-no.x")).toEqual({
      steps: [
        { name: "订单", descends: false },
        { name: "order-no.x", descends: true },
      ],
      attribute: undefined,
    });
  });

  test.each([
    ["", /expected \/ at character 1, found the end/],
    ["Envelope", /expected \/ at character 1, found "E"/],
    ["/", /expected the name of an element, .* at character 2, found the end/],
    ["/soap:Envelope", /expected \/ at character 6, found ":"/],
    ["/a/", /at character 4, found the end/],
    ["/a[1]", /expected \/ at character 3, found "\["/],
    ["/@no", /expected the name of an element, .* at character 2, found "@"/],
    ["/a/@*", /expected the name of an attribute, .* at character 5, found "\*"/],
    ["/a/@no/b", /expected nothing behind an attribute at character 7, found "\/"/],
    ["/a/text()", /expected \/ at character 8, found "\("/],
    ["/a".repeat(17), /has 17 steps, at most 16/],
  ])("%s is refused with the position", (path, message) => {
    expect(() => parseXmlPath(path)).toThrow(message);
  });
});
