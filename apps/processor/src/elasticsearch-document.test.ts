import { describe, expect, it } from "vitest";
import { EventDocument } from "./elasticsearch-document.ts";
import { eventOf, filtered, runFilters } from "./filters/filters.test-helper.ts";
import { recordLine } from "./processor.test-helper.ts";

const id = "0199a1b2-c3d4-7000-8000-000000000001";

function bodyOf(filters: unknown, line: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const event = filtered(filters, line, fields);
  if (event === undefined) throw new Error("the event was dropped");
  return new EventDocument(event).body;
}

describe("a document without ecs", () => {
  it("is what Logstash would store: the fields, the line, and no @metadata", () => {
    const fields = {
      "@timestamp": "2026-11-23T09:00:00.000Z",
      "@metadata": { beat: "filebeat" },
      host: { name: "web-1" },
      fields: { team: "a" },
      tags: ["prod"],
    };
    expect(bodyOf([], "a line", fields)).toEqual({
      "@timestamp": "2026-11-23T09:00:00.000Z",
      message: "a line",
      host: { name: "web-1" },
      fields: { team: "a" },
      tags: ["prod"],
      gatelog: { id },
    });
  });

  it("has the event's time where the fields have none", () => {
    expect(bodyOf([], "a line")).toEqual({ "@timestamp": "2026-11-23T08:00:00.123Z", message: "a line", gatelog: { id } });
  });

  it("keeps a plain value in the place of an object of the template, which the mapping would refuse", () => {
    const body = bodyOf([], "a line", { host: "web-1", source: "/var/log/a.log", error: ["boom"], url: null, user: { name: "u" } });
    expect(body).toMatchObject({
      host: { name: "web-1" },
      source: { value: "/var/log/a.log" },
      error: { message: ["boom"] },
      url: null,
      user: { name: "u" },
    });
  });

  it("is mended where a store could not take it", () => {
    expect(bodyOf([], "a\0b", { half: "\ud800" })).toMatchObject({ message: "a\uFFFDb", half: "\uFFFD" });
  });

  it("has keys as they are, whatever they are called", () => {
    const event = eventOf("a line", JSON.parse('{"__proto__":{"x":1}}') as Record<string, unknown>);
    expect(JSON.stringify(new EventDocument(event).body)).toContain('"__proto__":{"x":1}');
  });
});

describe("the notes of filters", () => {
  it("are in the document of ecs: tags from before it and behind it, and what failed", () => {
    const { events } = runFilters(["parseRecord", "ecs"], [eventOf(recordLine(1), { tags: ["prod"] })]);
    events[0]!.addTag("_grokfailure");
    events[0]!.noteFailure("grok", "no pattern matches");
    const body = new EventDocument(events[0]!).body;
    expect(body).toMatchObject({
      tags: ["prod", "_grokfailure"],
      gatelog: { gateway: "gw-1", filter_errors: ["grok: no pattern matches"] },
    });
    expect(new EventDocument(events[0]!).body).toEqual(body);
  });

  it("tell why ecs could make nothing of an event, which is stored as it is", () => {
    expect(bodyOf(["ecs"], "a line")).toMatchObject({
      message: "a line",
      tags: ["_ecsfailure"],
      gatelog: { id, filter_errors: ["ecs: parseRecord did not read the line: put it before ecs"] },
    });
  });

  it("are in the minimal document too", () => {
    const event = eventOf("a line", { tags: "prod" });
    event.noteFailure("date", "no date");
    expect(new EventDocument(event).minimal({ code: "mapper_parsing_exception", message: "m" })).toMatchObject({
      tags: ["prod"],
      event: { original: "a line" },
      gatelog: { filter_errors: ["date: no date"] },
      error: { code: "mapper_parsing_exception" },
    });
  });

  it("add nothing where there are none", () => {
    const body = bodyOf(["parseRecord", "ecs"], recordLine(1), { agent: { id: "a" } });
    expect(body).not.toHaveProperty("tags");
    expect(body["gatelog"]).not.toHaveProperty("filter_errors");
  });
});
