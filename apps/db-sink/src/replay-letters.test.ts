import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { checkConfig, configSchema } from "./config.ts";
import { LetterReplay } from "./replay-letters.ts";

test("a replay creates no tables where the service may not", async () => {
  const directory = await temporaryDirectory();
  const file = join(directory.path, "db-sink.yaml");
  writeFileSync(file, "topic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: 'file:./gatelog.db', migrate: off }\n");
  const { config } = loadConfig({ app: "db-sink", schema: configSchema, file, env: {}, check: checkConfig });
  const troubles: string[] = [];
  const replay = new LetterReplay({
    config,
    onTrouble: (message) => {
      troubles.push(message);
      replay.giveUp();
    },
  });
  const letter = { topic: "kerry", partition: 0, message: { key: "", value: Buffer.from("no record"), headers: {}, offset: "0" } };
  await expect(replay.replay([letter])).rejects.toThrow("dlt: given up: the tables are not those of this version");
  await replay.close();
  expect(troubles).toHaveLength(1);
  const database = openDatabase(config.database.url);
  await expect(database.checkMigrated()).rejects.toMatchObject({ code: "GATELOG_DATABASE_NOT_READY" });
  await database.close();
  await directory.remove();
});
