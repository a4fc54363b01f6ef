import { createHash } from "node:crypto";
import type { SqlSession, SqlStep } from "../sql-session.ts";

/** What upkeep remembers from one run to the next. */
export async function readState(session: SqlStep, name: string): Promise<string | undefined> {
  const [row] = await session.rows("SELECT state FROM upkeep_state WHERE name = ?", [name]);
  return row === undefined ? undefined : String(row["state"]);
}

/** Remembers it. */
export async function writeState(session: SqlSession, name: string, state: string): Promise<void> {
  await session.transaction((step) => setState(step, name, state));
}

/** Remembers it, in a transaction that has more to do. */
export async function setState(step: SqlStep, name: string, state: string): Promise<void> {
  const changed = await step.run("UPDATE upkeep_state SET state = ? WHERE name = ?", [state, name]);
  if (changed === 0 && (await readState(step, name)) === undefined) {
    await step.run("INSERT INTO upkeep_state (name, state) VALUES (?, ?)", [name, state]);
  }
}

/** By which name it is remembered up to where bodies of a project were deleted; names of projects may be longer than a key can be. */
export function bodiesState(project: string | null): string {
  return project === null ? "bodies without a project" : `bodies of ${createHash("sha256").update(project).digest("hex")}`;
}
