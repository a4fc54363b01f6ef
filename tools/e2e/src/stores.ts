import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
// Registers the snappy codec with kafkajs: the oracle reads the messages with a consumer of its own.
import "@gatelog/topic";
import { Client as SearchClient } from "@elastic/elasticsearch";
import { createClient } from "@libsql/client";
import { Kafka, logLevel, type IHeaders } from "kafkajs";
import { Client as SqlClient } from "pg";

/** What a store holds: how often each id, and the line where the store keeps it. */
export type Holdings = ReadonlyMap<string, { readonly count: number; readonly line?: string }>;

/** The lines of the gateway's log files that are records, by id. Throws on an id that is there twice. */
export function recordsInFiles(directory: string): Map<string, string> {
  const records = new Map<string, string>();
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith(".log")) continue;
    for (const line of readFileSync(join(directory, name), "utf8").split("\n").slice(0, -1)) {
      const value = JSON.parse(line) as { type?: string; id?: string };
      if (value.type === "mark") continue;
      const id = value.id ?? "";
      if (records.has(id)) throw new Error(`two lines have the id ${id}`);
      records.set(id, line);
    }
  }
  return records;
}

/** The ids of all rows of `interface_call`. */
export async function rowsInDatabase(url: string): Promise<Holdings> {
  const sql = "select id from interface_call";
  if (url.startsWith("file:")) {
    const client = createClient({ url });
    try {
      const { rows } = await client.execute(sql);
      return count(rows.map((row) => ({ id: row["id"] as string })));
    } finally {
      client.close();
    }
  }
  const client = new SqlClient({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(sql);
    return count(rows.map(({ id }) => ({ id })));
  } finally {
    await client.end();
  }
}

/** The ids of all documents of `<prefix>-*`. */
export async function documentsInSearch(url: string, prefix: string): Promise<Holdings> {
  const client = new SearchClient({ node: url });
  await client.indices.refresh({ index: `${prefix}-*` });
  const found: { id: string }[] = [];
  const hits = client.helpers.scrollSearch({ index: `${prefix}-*`, _source: false, size: 5000, query: { match_all: {} } });
  for await (const page of hits) for (const hit of page.body.hits.hits) found.push({ id: hit._id ?? "" });
  await client.close();
  return count(found);
}

/** All messages of a topic that are records, by the header `gatelog-id`. Throws when repeats of an id differ in value. */
export async function messagesInTopic(broker: string, topic: string): Promise<Holdings> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(ends.filter(({ high }) => Number(high) > 0).map(({ partition, high }) => [partition, Number(high)]));
  const found: { id: string; line: string }[] = [];
  const consumer = kafka.consumer({ groupId: `oracle-${process.pid}-${performance.now()}`, retry: { retries: 0 } });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    if (left.size === 0) return resolve();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachMessage = ({
      partition,
      message,
    }: {
      partition: number;
      message: { offset: string; headers?: IHeaders; value: Buffer | null };
    }) => {
      const header = (name: string) => message.headers?.[name]?.toString() ?? "";
      if (header("gatelog-type") !== "mark") found.push({ id: header("gatelog-id"), line: message.value?.toString() ?? "" });
      if (Number(message.offset) + 1 >= (left.get(partition) ?? 0)) left.delete(partition);
      if (left.size === 0) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return count(found);
}

function count(found: readonly { id: string; line?: string }[]): Holdings {
  const counts = new Map<string, { count: number; line?: string }>();
  for (const { id, line } of found) {
    const before = counts.get(id);
    if (before && before.line !== line) throw new Error(`repeats of ${id} differ`);
    if (before) before.count += 1;
    else counts.set(id, { count: 1, ...(line === undefined ? {} : { line }) });
  }
  return counts;
}
