import { expect, test } from "vitest";
import { OverlapWatch } from "./overlap-watch.ts";

const input = (id: string, paths: string[], exclude: string[] = []) => ({ id, paths, exclude });

test("a file that several inputs name is told once for the same inputs", () => {
  const watch = new OverlapWatch([input("a", ["/logs/*.log"]), input("b", ["/logs/x*"]), input("c", ["/logs/**/*.log"])]);
  expect(watch.inputsOf("/logs/y.log")).toEqual(["a", "c"]);
  expect(watch.inputsOf("/logs/z.log")).toBeUndefined();
  expect(watch.inputsOf("/logs/x.log")).toEqual(["a", "b", "c"]);
  expect(watch.inputsOf("/logs/deep/x.log")).toBeUndefined();
});

test("what an input excludes it does not name", () => {
  const watch = new OverlapWatch([input("a", ["/logs/*.log"], ["/logs/x*"]), input("b", ["/logs/x*"])]);
  expect(watch.inputsOf("/logs/x.log")).toBeUndefined();
});
