import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Findings, type Slot } from "./findings.ts";
import { mayBeForm, scanForm } from "./form-scanner.ts";
import { found, kept, several, single } from "./slots.test-helper.ts";

const read = (text: string, name: string, slot: Slot = single, isCut = false) =>
  found(slot, (findings) => scanForm(text, isCut, [{ name, slot }], findings));

describe("a scan of a form", () => {
  test("decodes names and values", () => {
    expect(read("a=1&order+no=PO%2D7+x%26&b", "order no")).toEqual(["PO-7 x&"]);
    expect(read("%E5%8D%95%E5%8F%B7=%F0%9F%8E%89", "单号")).toEqual(["🎉"]);
    expect(read("a&b=", "a")).toEqual([""]);
    expect(read("a=x=y", "a")).toEqual(["x=y"]);
    expect(read("aa=1", "a")).toEqual([]);
  });

  test("finds each value of a repeated field", () => {
    expect(read("no=1&no=2&no=1&no=", "no", several)).toEqual(["1", "2"]);
  });

  test("leaves a value that is not UTF-8 as it was sent", () => {
    expect(read("a=%B5%A5%20&b=%", "a")).toEqual(["%B5%A5%20"]);
    expect(read("a=%B5%A5%20&b=%", "b")).toEqual(["%"]);
  });

  test("does not believe the last field of a text that is cut", () => {
    expect(read("a=12&b=34", "b", single, true)).toEqual([]);
    expect(read("a=12&b=34", "a", single, true)).toEqual(["12"]);
    expect(read("a=12&", "a", single, true)).toEqual(["12"]);
  });

  test("cuts a long value on a character boundary", () => {
    const long = (char: string) => read(`a=${encodeURIComponent(char.repeat(5000))}&b=1`, "a")[0];
    expect(long("单")).toBe("单".repeat(1024));
    expect(long("🎉")).toBe("🎉".repeat(512));
    expect(long("é")).toBe("é".repeat(1024));
    expect(read(`a=x${encodeURIComponent("🎉".repeat(5000))}`, "a")).toEqual([`x${"🎉".repeat(511)}`]);
  });

  test("agrees with URLSearchParams on whatever one of those writes", () => {
    const words = fc.oneof(fc.constantFrom("a", "no", "单号", ""), fc.string({ unit: "grapheme", maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words)), (entries) => {
        const form = new URLSearchParams(entries);
        expect(read(form.toString(), "no", several)).toEqual(kept(several, form.getAll("no")));
      }),
    );
  });

  // Quadratic work on texts of this size would outlast the time that a test has.
  test.each([
    ["empty fields", "&".repeat(4e6)],
    ["fields without values", "a&".repeat(2e6)],
    ["an endless value", `x=${"%25".repeat(2e6)}`],
  ])("stays linear on %s", (_what, text) => {
    const findings = new Findings();
    scanForm(text, false, [{ name: "no", slot: single }], findings);
    expect(findings.all(single)).toEqual([]);
  });
});

test("JSON and XML are no forms", () => {
  expect(['{"a":"&no=1"}', "\n<a>", "\uFEFF[1]", '"x"'].map(mayBeForm)).toEqual([false, false, false, false]);
  expect(["a=1", "", " a = 1"].map(mayBeForm)).toEqual([true, true, true]);
});
