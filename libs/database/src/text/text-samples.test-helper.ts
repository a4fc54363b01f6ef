import type { CallRow } from "@gatelog/log-record";
import { makeCall, makeCalls } from "../calls.test-helper.ts";
import type { ListQuery } from "../reader/list-query.ts";
import type { CallReader, RecordPage } from "../reader/open-reader.ts";

/** Three calls whose bodies have two Chinese characters together, one of them, and both the other way round. */
export function callsOfTwoCharacters(): CallRow[] {
  return [makeCall(1, { responseContent: "新订单已支付" }), makeCall(2, { requestContent: "订" }), makeCall(3, { requestContent: "单订" })];
}

/** Calls of texts that are put together of pieces by chance, and how parts of these texts are chosen. */
export function callsOfPieces(pieces: readonly string[], pick: (below: number) => number) {
  const text = () => Array.from({ length: pick(12) }, () => pieces[pick(pieces.length)]).join("");
  const texts: string[] = [];
  const kept = (value: string) => (texts.push(value), value);
  const calls = makeCalls(0, 299, (seq) => ({
    url: kept(`http://h/${encodeURI(text())}?${text()}`),
    ...(seq % 5 === 0 ? {} : { requestContent: kept(text()) }),
    ...(seq % 7 === 0 ? {} : { responseContent: kept(text()) }),
  }));
  const cut = () => {
    const whole = texts[pick(texts.length)] ?? "";
    const from = pick(whole.length + 1);
    return whole.slice(from, from + 1 + pick(6));
  };
  return { calls, cut };
}

/** Searches for each of the texts once, every third among some calls alone. */
export function searchesFor(texts: Iterable<string>): ListQuery[] {
  return [...new Set(texts)]
    .filter((q) => q !== "")
    .map((q, at) => (at % 3 === 0 ? { q, from: "2026-11-23T08:01:00Z", status: "2xx", limit: 3 } : { q, limit: 20 }));
}

/** The first page of each search. */
export async function answersTo(reader: CallReader, searches: readonly ListQuery[]): Promise<ReadonlyMap<string, RecordPage>> {
  const found = new Map<string, RecordPage>();
  for (const search of searches) found.set(JSON.stringify(search), await reader.list(search));
  return found;
}
