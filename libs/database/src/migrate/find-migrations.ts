import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseError } from "../errors.ts";
import type { Dialect } from "../url.ts";

/** One committed migration. */
export interface Migration {
  /** `<timestamp>_<name>`; migrations are applied in this order. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma computes it. */
  readonly checksum: string;
}

/** Where the SQL lies: beside this source, or beside the program that this source was bundled into. */
const searched = [join(import.meta.dirname, "../../prisma"), join(import.meta.dirname, "migrations")];

/**
 * The migrations of one database, in order.
 *
 * @param dir folder with `<provider>/migrations/<name>/migration.sql` (or `<provider>/<name>/migration.sql`)
 * **Errors**: GATELOG_DATABASE_MIGRATIONS_MISSING.
 */
export async function findMigrations(dialect: Dialect, dir?: string): Promise<readonly Migration[]> {
  const roots = (dir === undefined ? searched : [dir]).flatMap((root) => [join(root, dialect, "migrations"), join(root, dialect)]);
  const root = roots.find((candidate) => existsSync(candidate));
  const names = root === undefined ? [] : (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (root === undefined || names.length === 0) {
    throw new DatabaseError(
      "GATELOG_DATABASE_MIGRATIONS_MISSING",
      `no SQL migrations for ${dialect} in ${roots.join(", ")}; build or install the program again`,
    );
  }
  return Promise.all(
    names
      .map((entry) => entry.name)
      .sort()
      .map(async (name) => {
        const sql = await readFile(join(root, name, "migration.sql"), "utf8");
        return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
      }),
  );
}
