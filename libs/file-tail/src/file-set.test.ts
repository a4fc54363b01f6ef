import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { temporaryDirectory } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { FileSet } from "./file-set.ts";
import { defaultLimits as limits } from "./limits.ts";
import { LooseGenerations } from "./loose-generations.ts";
import { Registry } from "./registry.ts";

test("a file that is not looked at any more is not opened again, whichever file has its inode by now", async () => {
  const directory = await temporaryDirectory("gatelog-file-set-");
  const logs = join(directory.path, "logs");
  await mkdir(logs);
  await writeFile(join(logs, "app.log"), "one\n");
  const registry = await Registry.open({ dir: join(directory.path, "registry"), flushMs: 1000 });
  try {
    const shared = { registry, limits, clock: systemClock };
    const inputs = [{ id: "test", paths: [join(logs, "*")] }];
    const files = new FileSet({
      ...shared,
      inputs,
      excluded: [],
      loose: new LooseGenerations(shared),
      newGeneration: () => Buffer.alloc(16),
    });
    await files.scan();
    const [gone] = files.values();
    if (gone === undefined) throw new Error("the scan found no file");
    files.forget(gone);
    await writeFile(join(logs, "app.log"), "another\n");
    await files.scan();
    const [next] = files.values();
    files.suspect(gone);
    files.forget(gone);
    expect([...files.wanted]).toEqual([next]);
    expect([...files.values()]).toEqual([next]);
  } finally {
    await registry.close();
    await directory.remove();
  }
});
