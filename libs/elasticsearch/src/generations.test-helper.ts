import { expect } from "vitest";
import { IndexGenerations } from "./generations.ts";
import { askOf, documentOf, recordOf, type ServerOfTests, storedOf } from "./real-server.test-helper.ts";

const day = "2026-11-24";
const name = "generations-2026.11.24";

/** Expects that a further generation of a day is seen by nobody until the day's name means it, that writes are held back meanwhile, and that a third follows. */
export async function expectGenerations({ server, open }: ServerOfTests): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const generations = new IndexGenerations({ nodes: [server().url], index: "generations" });
  const live = open({ index: "generations" });
  const built = open({ index: "generations", indexSuffixOf: () => "-g2" });
  const documents = Array.from({ length: 5 }, () => documentOf(recordOf()));
  const ids = documents.map(({ id }) => id);
  try {
    await live.bulkCreate(documents);
    await generations.prepare(signal);
    const before = await generations.describe(day);
    expect(before).toEqual({ name, current: name, isAlias: false, others: [], next: 2 });
    await generations.create(`${name}-g2`, undefined, "run");
    await generations.create(`${name}-g2`, undefined, "run");
    await expect(generations.create(`${name}-g2`, undefined, "another")).rejects.toMatchObject({ permanent: true });
    expect(await read(generations, name)).toEqual(ids);
    await built.bulkCreate(documents.slice(0, 4));
    expect(await generations.missing(`${name}-g2`, ids)).toEqual(new Set(ids.slice(4)));
    expect(await storedOf(server(), "generations")).toHaveLength(5);
    await generations.block(name);
    const late = documentOf(recordOf());
    await expect(live.bulkCreate([late])).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE" });
    expect([await generations.isBlocked(name), await generations.isBlocked(`${name}-g2`)]).toEqual([true, false]);
    await generations.keep(name, `${name}-g1`, undefined);
    expect(await generations.isBlocked(`${name}-g1`)).toBe(false);
    await generations.switchAll([{ name, to: `${name}-g2`, from: name, isAlias: false }]);
    await live.bulkCreate([late]);
    const hits = await storedOf(server(), "generations");
    expect(hits.map(({ _id }) => _id).sort()).toEqual([...ids.slice(0, 4), late.id].sort());
    expect(new Set(hits.map(({ _index }) => _index))).toEqual(new Set([`${name}-g2`]));
    expect(await generations.count(`${name}-g1`)).toBe(5);
    const after = await generations.describe(day);
    expect(after).toMatchObject({ current: `${name}-g2`, isAlias: true, next: 3 });
    expect([...after.others].sort()).toEqual([`${name}-g1`, `${name}-g2`]);
    await generations.create(`${name}-g3`, undefined, "run");
    await generations.expectOwn(`${name}-g3`, "run");
    await generations.switchAll([{ name, to: `${name}-g3`, from: `${name}-g2`, isAlias: true }]);
    expect((await generations.describe(day)).current).toBe(`${name}-g3`);
    // The template of the built generation is that of the daily indices.
    const mapping = await askOf<Record<string, { mappings: { dynamic: string } }>>(server(), "GET", `/${name}-g3/_mapping`);
    expect(mapping[`${name}-g3`]?.mappings.dynamic).toBe("false");
  } finally {
    await generations.close();
  }
}

/** The ids of an index, page by page, in the order in which they were written. */
async function read(generations: IndexGenerations, index: string): Promise<string[]> {
  const ids: string[] = [];
  for (const [shard, { last: to }] of await generations.sequences(index)) {
    for (let after = -1; ;) {
      const page: Awaited<ReturnType<IndexGenerations["page"]>> = await generations.page({ index, shard, after, to, documentsMax: 2 });
      if (page.after === undefined) break;
      ids.push(...page.documents.map(({ id }) => id));
      ({ after } = page);
    }
  }
  return ids;
}
