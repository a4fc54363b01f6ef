import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { deleteKeys, firstId, keyOf } from "../call-keys.ts";
import type { SqlSession, SqlValue } from "../sql-session.ts";
import { inSteps, type StepOptions } from "../upkeep/steps.ts";
import { rowsPerStepDefault } from "../upkeep/upkeep.ts";

/** Whose calls are erased. */
export interface EraseRequest {
  /** `subject`: exactly the caller, the user or the client's address; `key`: exactly one of the document numbers in `biz_keys`. */
  readonly kind: "subject" | "key";
  readonly value: string;
  /** Only calls of this project. */
  readonly project?: string;
  /** First and last UTC day, both included. */
  readonly from?: string;
  readonly to?: string;
  /** Counts, and changes nothing. */
  readonly isDryRun?: boolean;
}

/** Says what was erased, without saying of whom. */
export interface ErasureReceipt {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly erasedAt: string;
  readonly kind: EraseRequest["kind"];
  /** HMAC-SHA256 of the value in hex, under `proof`. */
  readonly valueHmac: string;
  /** Hex. It stands nowhere else: with it and the value somebody can show later that the row of the database means this value. */
  readonly proof: string;
  readonly project: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Rows of `interface_log` and of `interface_body`. */
  readonly calls: number;
  readonly bodies: number;
  /** Days of the first and the last call that were found. */
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  /** False where it was told to end before all was looked at. */
  readonly isComplete: boolean;
  readonly isDryRun: boolean;
}

/** How it works. */
export interface EraseOptions {
  readonly nowMs: number;
  readonly signal?: AbortSignal;
  readonly rowsPerStep?: number;
}

/**
 * Deletes calls with their bodies in small steps, day by day and some thousand rows at a time, and writes a row of `erasure_receipt`.
 *
 * **Guarantee**: can be repeated; interrupted, what was deleted stays deleted and the next run finds the rest. Roll-ups stay: they name no one.
 */
export async function eraseCalls(session: SqlSession, request: EraseRequest, options: EraseOptions): Promise<ErasureReceipt> {
  const counts = { calls: 0, bodies: 0, firstDay: null as string | null, lastDay: null as string | null };
  for await (const day of daysOf(session, request, options.signal)) {
    const { calls, bodies } = await eraseDay(session, day, { request, ...options });
    counts.calls += calls;
    counts.bodies += bodies;
    if (calls > 0) {
      counts.firstDay ??= day;
      counts.lastDay = day;
    }
  }
  const proof = randomBytes(32).toString("hex");
  const receipt: ErasureReceipt = {
    id: randomUUID(),
    erasedAt: new Date(options.nowMs).toISOString(),
    kind: request.kind,
    valueHmac: createHmac("sha256", Buffer.from(proof, "hex")).update(request.value).digest("hex"),
    proof,
    project: request.project ?? null,
    from: request.from ?? null,
    to: request.to ?? null,
    ...counts,
    isComplete: options.signal?.aborted !== true,
    isDryRun: request.isDryRun ?? false,
  };
  if (!receipt.isDryRun) await keep(session, receipt);
  return receipt;
}

/** The days that have calls, each found by one look into the key. */
async function* daysOf(session: SqlSession, { from, to }: EraseRequest, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let condition = from === undefined ? "" : "WHERE event_day >= ?";
  let values: SqlValue[] = from === undefined ? [] : [from];
  const isEnded = () => signal?.aborted === true;
  while (!isEnded()) {
    const [row] = await session.rows(`SELECT event_day FROM interface_log ${condition} ORDER BY event_day LIMIT 1`, values);
    if (row === undefined) return;
    const day = String(row["event_day"]);
    if (to !== undefined && day > to) return;
    yield day;
    condition = "WHERE event_day > ?";
    values = [day];
  }
}

/** Rows of a day that one statement looks at are so many times those of a step: who is looked for has no index. */
const stepsPerWindow = 20;

/** Rows of a day with ids behind one, up to another; without that, up to the end. */
interface Window {
  readonly behind: string;
  readonly upTo: string | undefined;
}

async function eraseDay(
  session: SqlSession,
  day: string,
  { request, rowsPerStep = rowsPerStepDefault, signal }: EraseOptions & { readonly request: EraseRequest },
): Promise<{ calls: number; bodies: number }> {
  const counts = { calls: 0, bodies: 0 };
  for await (const window of windowsOf(session, day, rowsPerStep * stepsPerWindow)) {
    if (signal?.aborted === true) break;
    const work = { day, window, request };
    const { calls, bodies } =
      request.isDryRun === true ? await count(session, work) : await erase(session, { ...work, rowsPerStep, signal });
    counts.calls += calls;
    counts.bodies += bodies;
  }
  return counts;
}

/** A day in pieces of so many rows, so that a statement takes no longer where more calls are. */
async function* windowsOf(session: SqlSession, day: string, rows: number): AsyncGenerator<Window> {
  let behind = firstId;
  for (;;) {
    const [end] = await session.rows(`SELECT id FROM interface_log WHERE event_day = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ${rows - 1}`, [
      day,
      behind,
    ]);
    const upTo = end === undefined ? undefined : String(end["id"]);
    yield { behind, upTo };
    if (upTo === undefined) return;
    behind = upTo;
  }
}

interface WindowWork {
  readonly day: string;
  readonly window: Window;
  readonly request: EraseRequest;
}

async function count(session: SqlSession, { day, window, request }: WindowWork): Promise<{ calls: number; bodies: number }> {
  const meant = meantOf(session, request, { day, window, behind: window.behind });
  const [row] = await session.rows(
    `SELECT count(*) AS calls, count(b.id) AS bodies FROM interface_log l
     LEFT JOIN interface_body b ON b.event_day = l.event_day AND b.id = l.id WHERE ${meant.sql}`,
    meant.values,
  );
  return { calls: Number(row?.["calls"]), bodies: Number(row?.["bodies"]) };
}

async function erase(
  session: SqlSession,
  { day, window, request, ...options }: WindowWork & StepOptions,
): Promise<{ calls: number; bodies: number }> {
  let bodies = 0;
  const calls = await inSteps(
    options,
    (last) => {
      const meant = meantOf(session, request, { day, window, behind: last === undefined ? window.behind : keyOf(last).id });
      return session.rows(
        `SELECT l.event_day, l.id FROM interface_log l WHERE ${meant.sql} ORDER BY l.id LIMIT ${options.rowsPerStep}`,
        meant.values,
      );
    },
    (rows) =>
      session.transaction(async (step) => {
        const keys = rows.map(keyOf);
        bodies += await deleteKeys(step, "interface_body", keys);
        return deleteKeys(step, "interface_log", keys);
      }),
  );
  return { calls, bodies };
}

/** Which rows of a window are meant, behind an id. */
function meantOf(
  session: SqlSession,
  request: EraseRequest,
  { day, window: { upTo }, behind }: { readonly day: string; readonly window: Window; readonly behind: string },
): { readonly sql: string; readonly values: readonly string[] } {
  const { sql, values } = conditionOf(session.dialect, request);
  const end = upTo === undefined ? { sql: "", values: [] } : { sql: "AND l.id <= ?", values: [upTo] };
  return { sql: `l.event_day = ? AND l.id > ? ${end.sql} AND ${sql}`, values: [day, behind, ...end.values, ...values] };
}

function conditionOf(dialect: string, { kind, value, project }: EraseRequest): { sql: string; values: readonly string[] } {
  const whose =
    kind === "subject"
      ? { sql: "(l.caller = ? OR l.user_name = ? OR l.client_ip = ?)", values: [value, value, value] }
      : { sql: hasKey[dialect] ?? "", values: [value] };
  return project === undefined ? whose : { sql: `${whose.sql} AND l.project = ?`, values: [...whose.values, project] };
}

/** Whether `biz_keys` has the text, as each database says it. */
const hasKey: Readonly<Record<string, string>> = {
  sqlite: "EXISTS (SELECT 1 FROM json_each(l.biz_keys) k WHERE k.value = ?)",
  postgresql: "l.biz_keys @> jsonb_build_array(CAST(? AS text))",
  mysql: "JSON_CONTAINS(l.biz_keys, JSON_QUOTE(?))",
};

async function keep(session: SqlSession, receipt: ErasureReceipt): Promise<void> {
  const values: readonly SqlValue[] = [
    receipt.id,
    session.time(receipt.erasedAt),
    receipt.kind,
    receipt.valueHmac,
    receipt.project,
    receipt.from,
    receipt.to,
    receipt.calls,
    receipt.bodies,
    receipt.firstDay,
    receipt.lastDay,
    receipt.isComplete ? 1 : 0,
  ];
  await session.run(
    `INSERT INTO erasure_receipt (id, erased_at, kind, value_hmac, project, asked_from, asked_to, calls, bodies, first_day, last_day, complete)
     VALUES (${values.map(() => "?").join(", ")})`,
    values,
  );
}
