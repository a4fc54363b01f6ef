import { expect, test } from "vitest";
import { type BulkRequest, BulkRequests } from "./bulk-request.ts";
import type { BulkTarget, SearchDocument } from "./document.ts";

const target = { indexPrefix: "calls" };

function requestsOf(texts: readonly string[], bytesMax: number, place: BulkTarget = target): BulkRequest[] {
  const documents: SearchDocument[] = texts.map((text, index) => ({
    id: `id-${index}`,
    day: index % 2 === 0 ? "2026-11-23" : "2026-11-24",
    body: { text },
    minimal: () => ({}),
  }));
  const items = documents.map((document) => ({ document, refusal: undefined }));
  const writer = new BulkRequests(items, place, () => undefined);
  const requests: BulkRequest[] = [];
  while (!writer.isDone) requests.push(writer.next(bytesMax));
  return requests;
}

const textsIn = ({ bytes }: BulkRequest) =>
  bytes
    .toString()
    .split("\n")
    .filter((line) => line.startsWith('{"text"'))
    .map((line) => (JSON.parse(line) as { text: string }).text);

test("every document is in one request, whole and in order, however its bytes fall", () => {
  const texts = Array.from({ length: 500 }, (_, index) => '日志 a"\n'.repeat((index * 7) % 90));
  for (const bytesMax of [1000, 5000, 17_000, 100_000]) {
    const requests = requestsOf(texts, bytesMax);
    expect(requests.flatMap(textsIn)).toEqual(texts);
    for (const { bytes, items } of requests) expect(items.length === 1 || bytes.length <= bytesMax).toBe(true);
  }
});

test("a document that is larger than a request stands alone, and what was before it keeps its own", () => {
  const requests = requestsOf(["a", "x".repeat(50_000), "b"], 1000);
  expect(requests.map(({ items }) => items.length)).toEqual([1, 1, 1]);
  expect(requests.map(textsIn)).toEqual([["a"], ["x".repeat(50_000)], ["b"]]);
});

test("a request is halved where a document ends", () => {
  const [whole] = requestsOf(["a", "b", "日志", "d", "e"], 10_000) as [BulkRequest];
  const halves = whole.halves();
  expect(halves.map(textsIn)).toEqual([
    ["a", "b", "日志"],
    ["d", "e"],
  ]);
  expect(halves[1].halves().map(textsIn)).toEqual([["d"], ["e"]]);
});

test("a document goes to the index of its day, or to the data stream", () => {
  expect(requestsOf(["a", "b"], 1000)[0]!.bytes.toString()).toBe(
    '{"create":{"_index":"calls-2026.11.23","_id":"id-0"}}\n{"text":"a"}\n{"create":{"_index":"calls-2026.11.24","_id":"id-1"}}\n{"text":"b"}\n',
  );
  expect(requestsOf(["a"], 1000, { dataStream: "s" })[0]!.bytes.toString()).toContain('{"_index":"s","_id":"id-0"}');
});
