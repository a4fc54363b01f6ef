import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { LogRecord } from "@gatelog/log-record";
import type { WorkEvent } from "../work-event.ts";
import { generateApi } from "./generate.ts";
import {
  beats,
  definePipeline,
  drop,
  ecs,
  elasticsearch,
  type EventRecord,
  httpInput,
  httpOutput,
  kafka,
  type Parsed,
  parseRecord,
  pipe,
  type PipelineEvent,
  topic,
  when,
  type WithDocument,
} from "./index.ts";

const outputs = [elasticsearch({ nodes: ["http://127.0.0.1:9200"] })];
const buffer = { dir: "./buffer" };

describe("the pipeline as code", () => {
  it("has a builder for every input, filter and output, as their schemas are: else run `npm run reference`", () => {
    expect(readFileSync(join(import.meta.dirname, "generated/api.ts"), "utf8")).toBe(generateApi());
  });

  it("is the object that YAML holds", () => {
    const isServerError = (event: PipelineEvent & Partial<Parsed>) => (event.record?.status ?? 0) >= 500;
    const pipeline = definePipeline({
      inputs: [beats({ port: 5045 }), httpInput()],
      filters: [
        parseRecord(),
        drop({}, { as: "noise", when: { field: "record.path", equals: "/health" } }),
        when(isServerError, ecs(), [drop()]),
      ],
      outputs: [...outputs, httpOutput({ url: "http://127.0.0.1/" }, { as: "hook" })],
      buffer,
      batch: { recordsMax: 10 },
    });
    expect(pipeline).toEqual({
      inputs: [{ beats: { port: 5045 } }, { http: {} }],
      filters: [
        { parseRecord: {} },
        { drop: {}, as: "noise", when: { field: "record.path", equals: "/health" } },
        { when: isServerError, do: [{ ecs: {} }], else: [{ drop: {} }] },
      ],
      outputs: [{ elasticsearch: { nodes: ["http://127.0.0.1:9200"] } }, { http: { url: "http://127.0.0.1/" }, as: "hook" }],
      buffer,
      batch: { recordsMax: 10 },
    });
  });
});

describe("its types", () => {
  it("are those of the events that filters get", () => {
    expectTypeOf<LogRecord>().toExtend<EventRecord>();
    expectTypeOf<keyof EventRecord>().toEqualTypeOf<keyof LogRecord>();
    expectTypeOf<WorkEvent>().toExtend<PipelineEvent & Parsed & WithDocument>();
  });

  it("know the record behind parseRecord, and the document behind ecs", () => {
    const filters = pipe(
      parseRecord(),
      when((event) => event.record?.status === 500, drop()),
      ecs(),
      when((event) => event.document?.["x"] === event.record?.path, drop()),
      when(
        { field: "record.status", gte: 500 },
        pipe(
          drop(),
          when((event) => event.record === undefined, drop()),
        ),
      ),
    );
    expect(definePipeline({ inputs: [beats()], filters, outputs, buffer }).filters).toHaveLength(5);
  });

  it("have the event itself in a plain list", () => {
    const filters = [when((event) => event.message.includes("x"), [drop(), drop()])];
    expect(definePipeline({ inputs: [beats()], filters, outputs, buffer }).filters).toHaveLength(1);
  });

  it("refuse what is not there", () => {
    const isSttus = when((event: PipelineEvent & { record: { sttus: number } | undefined }) => event.record?.sttus === 500, drop());
    const wrong = () => [
      // @ts-expect-error a record is known behind parseRecord alone
      definePipeline({ inputs: [beats()], filters: pipe(when((event) => event.record === 1, drop())), outputs, buffer }),
      // @ts-expect-error no such field of a record
      pipe(parseRecord(), isSttus),
      // @ts-expect-error no such option
      beats({ prot: 5044 }),
      // @ts-expect-error another type
      beats({ port: "5044" }),
      // @ts-expect-error brokers are missing
      kafka({ topic: "kerry" }),
      // @ts-expect-error neither kafka nor embedded
      topic({ name: "kerry" }),
      // @ts-expect-error a pipeline has a buffer
      definePipeline({ inputs: [beats()], outputs }),
      // @ts-expect-error an output is no input: its options are others
      httpInput({ url: "http://127.0.0.1/" }),
    ];
    expect(wrong).toBeTypeOf("function");
  });
});
