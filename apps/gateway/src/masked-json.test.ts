import { createMasker, Redactions } from "@gatelog/masking";
import { describe, expect, test } from "vitest";
import { insideOf, MaskedJson } from "./masked-json.ts";

const masker = createMasker({ profile: "cn-pipl" });

describe("masked JSON text", () => {
  test("is the inside of a JSON string, of bytes that are UTF-8 as such", () => {
    const texts = new MaskedJson("userAgent", (text) => text);
    const latin1 = Buffer.from('日志 "x" \\').toString("latin1");
    for (let time = 0; time < 2; time++) expect(JSON.parse(`"${texts.of(latin1, new Redactions())}"`)).toBe('日志 "x" \\');
    expect(insideOf('a"\n')).toBe('a\\"\\n');
  });

  test("is masked each time that the value comes, and named each time", () => {
    const texts = new MaskedJson("referer", (text, redactions, path) => masker.url(text, redactions, path));
    for (let time = 0; time < 3; time++) {
      const redactions = new Redactions();
      expect(texts.of("https://h/?token=x1", redactions)).toBe("https://h/?token=***");
      expect(redactions.list()).toEqual(["referer.token"]);
    }
  });

  test("asks once for a value that needed no masking, and each time for a long one", () => {
    const asked: string[] = [];
    const texts = new MaskedJson("path", (text) => (asked.push(text), text));
    const long = "/".repeat(257);
    for (const value of ["/a", "/a", long, long]) expect(texts.of(value, new Redactions())).toBe(value);
    expect(asked).toEqual(["/a", long, long]);
  });

  test("remembers no more than so many values, and begins anew when only others come", () => {
    const asked = new Map<string, number>();
    const texts = new MaskedJson("path", (text) => (asked.set(text, (asked.get(text) ?? 0) + 1), text));
    for (let index = 0; index < 2048 + 32_768; index++) texts.of(`/${index}`, new Redactions());
    texts.of("/0", new Redactions());
    texts.of("/34815", new Redactions());
    expect([asked.get("/0"), asked.get("/34815")]).toEqual([2, 1]);
  });
});
