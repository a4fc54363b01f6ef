import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Findings, type Slot } from "./findings.ts";
import { found, kept, several, single } from "./slots.test-helper.ts";
import { parseXmlPath } from "./xml-path.ts";
import { paths, reference, spelt, trees, written } from "./xml-reference.test-helper.ts";
import { XmlScanner } from "./xml-scanner.ts";

const read = (text: string, path: string, slot: Slot = single) =>
  found(slot, (findings) => new XmlScanner([{ path: parseXmlPath(path), slot }]).scan(text, findings));

const fault = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Header><wsse:Security/></soap:Header>
  <soap:Body>
    <soap:Fault><faultcode>soap:Server</faultcode><faultstring xml:lang="en">Out of &lt;stock&gt;</faultstring>
      <detail><e:code xmlns:e="urn:e">E0<![CDATA[0 & 1]]></e:code></detail></soap:Fault>
  </soap:Body>
</soap:Envelope>`;

describe("a scan of XML", () => {
  test("finds elements and attributes by local names", () => {
    expect(read(fault, "/Envelope/Body/Fault/faultstring")).toEqual(["Out of <stock>"]);
    expect(read(fault, "//code")).toEqual(["E00 & 1"]);
    expect(read(fault, "//faultstring/@lang")).toEqual(["en"]);
    expect(read(fault, "/Envelope/*/Fault/faultcode")).toEqual(["soap:Server"]);
    expect(read(fault, "/Body")).toEqual([]);
  });

  test("finds no value in an element that holds others, but that it is there, and its name", () => {
    expect(read(fault, "//Fault")).toEqual([]);
    expect(read(fault, "//Fault", { ...single, takes: "presence" })).toEqual([""]);
    expect(read(fault, "/Envelope/Body/*", { ...single, takes: "name" })).toEqual(["Fault"]);
    expect(read("<a>text<b>x</b></a>", "/a")).toEqual([]);
  });

  test("gives an empty element the empty text", () => {
    expect(read("<a><b/><c></c></a>", "/a/b")).toEqual([""]);
    expect(read("<a><b/><c></c></a>", "/a/c")).toEqual([""]);
    expect(read('<a no="7"/>', "/a/@no")).toEqual(["7"]);
  });

  test("expands no entities but the five of XML and numbers", () => {
    const text =
      '<!DOCTYPE a [<!ENTITY x "secret"><!ENTITY y SYSTEM "file:///etc/passwd">]><a>&x;&y;&amp;&#65;&#x42;&#0;&#xD800;&#x110000;</a>';
    expect(read(text, "/a")).toEqual(["&x;&y;&AB&#0;&#xD800;&#x110000;"]);
  });

  test.each([
    ["<a><b>E0", "a text"],
    ["<a><b>E0</b", "an end tag"],
    ["<a><b>E0<![CDATA[1", "character data"],
    ['<a><b c="E0', "an attribute"],
    ["<a><b>E0<!-- x", "a comment"],
  ])("finds nothing in %s, cut within %s", (text) => {
    expect([read(text, "/a/b"), read(text, "/a/b/@c")]).toEqual([[], []]);
  });

  test("has no value for an element that is not closed, and finds what comes after it", () => {
    expect(read("<a><b>1<c>2</c></a>", "/a/b")).toEqual([]);
    expect(read("<a><b>1<c>2</c></a>", "//c")).toEqual(["2"]);
    expect(read("<a><br><b>1</b></br></a>", "//b")).toEqual(["1"]);
    expect(read("<a><b>1</x></b></a>", "/a/b")).toEqual(["1"]);
    expect(read("<a><b>1 < 2 & 3</b></a>", "/a/b")).toEqual(["1 < 2 & 3"]);
  });

  test("takes the first document only, and nothing from what is no XML", () => {
    expect(read("<a/><b>1</b>", "/b")).toEqual([]);
    expect(read('{"x":"<b>1</b>"}', "//b")).toEqual([]);
    expect(read("\uFEFF\n<b>1</b>", "/b")).toEqual(["1"]);
  });

  test("passes over what is nested deeper than 64 levels, and finds what follows", () => {
    const deep = (levels: number) => `${"<a>".repeat(levels)}<b>1</b>${"</a>".repeat(levels)}`;
    expect(read(deep(63), "//b")).toEqual(["1"]);
    expect(read(deep(64), "//b")).toEqual([]);
    expect(read(`<r>${deep(500)}<b>2</b></r>`, "//b")).toEqual(["2"]);
  });

  test("cuts a long value on a character boundary", () => {
    expect(read(`<a>${"&#x1F389;".repeat(3000)}</a>`, "/a", { ...single, charsMax: 5 })).toEqual(["🎉🎉"]);
    expect(read(`<a>${"x".repeat(3000)}</a>`, "/a")).toEqual(["x".repeat(1024)]);
  });

  test("agrees with a walk through the tree, whatever the tree and the path", () => {
    fc.assert(
      fc.property(trees, paths, fc.nat({ max: 3 }), fc.constantFrom(single, several), (tree, path, style, slot) => {
        expect(read(written(tree, style), spelt(path), slot)).toEqual(kept(slot, reference(tree, path)));
      }),
      { numRuns: 2000 },
    );
  });

  test("finds the same or less in a document that is cut, never anything else", () => {
    fc.assert(
      fc.property(trees, paths, fc.nat({ max: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (tree, path, style, share) => {
        const text = written(tree, style);
        const whole = kept(several, reference(tree, path));
        const values = read(text.slice(0, Math.floor(text.length * share)), spelt(path), several);
        expect(values).toEqual(whole.slice(0, values.length));
      }),
      { numRuns: 2000 },
    );
  });

  test("takes any text without throwing, and one scanner many texts in turn", () => {
    const scanner = new XmlScanner([{ path: parseXmlPath("//a/b"), slot: several }]);
    const parts = fc.constantFrom(
      "<",
      ">",
      "/",
      "<a>",
      "</a>",
      "<b>",
      "</b>",
      "<b",
      "a=",
      '"',
      "'",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<?",
      "<!",
      "[",
      "&lt;",
      "x",
      " ",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 60 }), (list) => {
        const findings = new Findings();
        scanner.scan(`<a>${list.join("")}`, findings);
        scanner.scan("<a><b>z</b></a>", findings);
        expect(findings.all(several)).toContain("z");
      }),
      { numRuns: 2000 },
    );
  });

  // Quadratic work on texts of this size would outlast the time that a test has.
  test.each([
    ["open tags", "<a>".repeat(3e5)],
    ["unfinished tags", "<a ".repeat(3e5)],
    ["brackets", `<a>${"<".repeat(1e6)}`],
    ["end tags", `<a>${"</b>".repeat(3e5)}`],
    ["comments that do not end", `<a>${"<!--".repeat(3e5)}`],
    ["character data", `<a>${"<![CDATA[]]>".repeat(3e5)}`],
    ["declarations", `<a>${"<!x [".repeat(2e5)}`],
    ["quotes", `<a ${"\"'".repeat(1e6)}>`],
    ["attributes", `<a ${'b="1" '.repeat(2e5)}>`],
    ["attributes without values", `<a ${"b = ".repeat(3e5)}>`],
    ["references", `<a>${"&#x41".repeat(2e5)}</a>`],
    ["small elements", `<a>${"<a/>x".repeat(2e5)}`],
  ])("stays linear on %s", (_what, text) => {
    expect(read(text, "//a//a/@c", several)).toEqual([]);
    expect(read(text, "//b//a", several)).toEqual([]);
  });
});
