import { expect, test } from "vitest";
import { originalConfiguration, replaceOnce } from "./nginx.ts";

test("the original is the example's file on other ports", () => {
  const configuration = originalConfiguration({ listen: 4711, upstream: 4712 });
  expect(configuration).toContain("listen 4711;");
  expect(configuration).toContain("server 127.0.0.1:4712;");
  expect(configuration).not.toMatch(/listen 9000|127\.0\.0\.1:8080/);
});

test("a change of the example that would leave something unreplaced is an error", () => {
  expect(() => replaceOnce("a b", "c", "d")).toThrow('expected "c" once');
  expect(() => replaceOnce("a a", "a", "d")).toThrow("found it 2 times");
});
