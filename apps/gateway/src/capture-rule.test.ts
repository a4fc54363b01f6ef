import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { captureRule, type CaptureSettings } from "./capture-rule.ts";

const settings: CaptureSettings = {
  level: "bodies",
  bodyBytesMax: 100,
  sample: 1,
  slowerThanMs: 0,
  statuses: [],
  contentTypes: [],
  binary: "omitted",
};
const call = { id: randomUUID(), status: 200, isFailed: false, durationMs: 5 };
const failed = { ...call, status: 500, isFailed: true };

describe("a capture rule", () => {
  test("keeps of every call what its level says, where nothing else is said", () => {
    for (const level of ["off", "headers", "bodies"] as const)
      expect([call, failed].map((ended) => captureRule({ ...settings, level }).levelOf(ended))).toEqual([level, level]);
  });

  test("keeps about the share of its sample, the same calls each time, and all failures", () => {
    const rule = captureRule({ ...settings, sample: 0.25 });
    const ids = Array.from({ length: 2000 }, () => randomUUID());
    const kept = ids.filter((id) => rule.levelOf({ ...call, id }) === "bodies");
    expect(kept.length).toBeGreaterThan(350);
    expect(kept.length).toBeLessThan(650);
    expect(ids.filter((id) => rule.levelOf({ ...call, id }) === "bodies")).toEqual(kept);
    expect(ids.every((id) => rule.levelOf({ ...failed, id }) === "bodies")).toBe(true);
  });

  test("with sample 0 keeps failures only, whatever the id", () => {
    const rule = captureRule({ ...settings, sample: 0 });
    expect(rule.levelOf({ ...call, id: "0".repeat(36) })).toBe("off");
    expect(rule.levelOf(failed)).toBe("bodies");
  });

  test("keeps slow calls and failures", () => {
    const rule = captureRule({ ...settings, slowerThanMs: 10 });
    const levels = [9.9, 10].map((durationMs) => rule.levelOf({ ...call, durationMs }));
    expect([...levels, rule.levelOf(failed)]).toEqual(["off", "bodies", "bodies"]);
  });

  test("keeps its statuses and classes only, of failures as well", () => {
    const rule = captureRule({ ...settings, level: "headers", statuses: ["404", "5xx"] });
    const levels = [200, 404, 400, 503].map((status) => rule.levelOf({ ...call, status, isFailed: status >= 400 }));
    expect(levels).toEqual(["off", "headers", "off", "headers"]);
  });

  test("takes all types, or those of its list with * for anything, parameters aside", () => {
    expect(captureRule(settings).takesType(undefined)).toBe(true);
    const rule = captureRule({ ...settings, contentTypes: ["application/json", "text/*", "*/*+xml"] });
    for (const type of ["application/json", "Application/JSON; charset=utf-8", "text/html", "application/soap+xml"])
      expect(rule.takesType(type), type).toBe(true);
    for (const type of ["application/json2", "xapplication/json", "image/png", "application/soap-xml", "", undefined])
      expect(rule.takesType(type), type).toBe(false);
  });

  test("has bodies held where they are kept, or read by the route's rules", () => {
    expect(captureRule(settings).heldBytesMax).toBe(100);
    expect(captureRule({ ...settings, level: "headers" }).heldBytesMax).toBe(0);
    expect(captureRule({ ...settings, level: "headers" }, true).heldBytesMax).toBe(100);
    expect(captureRule({ ...settings, level: "off" }, true).heldBytesMax).toBe(100);
  });
});
