import { appendFile, rm, symlink, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { inspectRegistry } from "../registry-inspect.ts";
import { inodesOf, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();
const followed = () => scenario.input({ symlinks: true });

test("symlinks_enabled: what a link leads to is read, under the link's path and with the file's inode", async () => {
  const { fixture, log } = scenario;
  const target = scenario.at("1.data");
  await writeFile(target, "first line\n");
  await symlink(target, log);
  await fixture.start(followed());
  await fixture.arrived(1);
  await appendFile(target, "second line\n");
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [log]: 23 });
  expect(fixture.delivered.map(({ path }) => path)).toEqual([log, log]);
  const { registered, present } = await inodesOf(fixture);
  expect(registered).toEqual(present);
});

test("symlink_rotated: a link that was removed and leads to another file: what is added to both files is read", async () => {
  const { fixture, log } = scenario;
  const [first, second] = [scenario.at("1.data"), scenario.at("2.data")] as const;
  await writeFile(first, "first line in file 1\n");
  await writeFile(second, "first line in file 2\n");
  await symlink(first, log);
  await fixture.start({ ...followed(), limits: { closeRemovedMs: 2_000 } });
  await fixture.arrived(1);
  await rm(log);
  await symlink(second, log);
  await appendFile(first, "second line in file 1\n");
  await appendFile(second, "second line in file 2\n");
  await fixture.arrived(4);
  const offsets = async () => (await inspectRegistry(fixture.registryDir)).entries.map(({ offset }) => offset);
  await waitFor(async () => String(await offsets()) === "43,43", { what: "the offsets of both files are on disk" });
});

test("symlink_removed: the file that a removed link led to is not read from its beginning when the link is back", async () => {
  const { fixture, log } = scenario;
  const target = scenario.at("1.data");
  await writeFile(target, "first line\n");
  await symlink(target, log);
  await fixture.start({ ...followed(), limits: { closeRemovedMs: 1_500 } });
  await fixture.arrived(1);
  await rm(log);
  await appendFile(target, "second line\n");
  await fixture.arrived(2);
  await scenario.closed();
  await appendFile(target, "third line\n");
  await symlink(target, log);
  await fixture.arrived(3);
  await scenario.everythingRead();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["first line", "second line", "third line"]);
  expect((await inspectRegistry(fixture.registryDir)).entries).toHaveLength(1);
});

test("symlink_and_file: a file with any number of links to it is one file, whichever link goes", async () => {
  const { fixture, log } = scenario;
  await symlink(log, scenario.at("a-link.log"));
  await symlink(log, scenario.at("z-link.log"));
  await writeFile(log, "1\n");
  await fixture.start(followed());
  await fixture.arrived(1);
  await rm(scenario.at("a-link.log"));
  await appendFile(log, "2\n");
  await fixture.arrived(2);
  await scenario.everythingRead();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["1", "2"]);
  expect((await inspectRegistry(fixture.registryDir)).entries).toMatchObject([{ path: log, offset: 4 }]);
});
