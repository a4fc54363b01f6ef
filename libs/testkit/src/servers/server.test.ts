import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dropsPrivileges } from "../managed-process.ts";
import { startPostgres } from "./postgres.ts";

test.runIf(dropsPrivileges)("a database in a directory that its user cannot get to is refused in one sentence", async () => {
  const home = mkdtempSync(join(tmpdir(), "gatelog-private-"));
  try {
    await expect(startPostgres({ dataDirectory: join(home, "data") })).rejects.toThrow(
      `as nobody, who cannot get to ${join(home, "data")}`,
    );
  } finally {
    rmSync(home, { recursive: true });
  }
});
