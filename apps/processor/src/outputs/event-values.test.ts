import { expect, test } from "vitest";
import { eventOf } from "../filters/filters.test-helper.ts";
import { eventJson } from "./event-values.ts";

const identity = '"message":"a","gatelog":{"id":"0199a1b2-c3d4-7000-8000-000000000001","time":"2026-11-23T08:00:00.123Z","type":"record"';

test("an event is its envelope again, with the identity that was fixed", () => {
  expect(eventJson(eventOf("a", { host: "h" }))).toBe(`{${identity}},"host":"h"}`);
});

test("fields that cannot be written as JSON are left out and named, and the others stay", () => {
  const event = eventOf("a", { host: "h" });
  event.fields["self"] = event.fields;
  event.fields["deep"] = JSON.parse(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
  const { host, deep, self, gatelog } = JSON.parse(eventJson(event)) as Record<string, unknown>;
  expect(host).toBe("h");
  expect(deep).toBeDefined();
  expect(self).toBeUndefined();
  expect(gatelog).toMatchObject({
    filter_errors: [expect.stringMatching(/^event: left out what cannot be written as JSON: self, deep\.a\.0/)],
  });
});
