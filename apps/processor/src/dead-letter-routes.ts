import { type AdminAnswer, AdminRefusal, type AdminRequest, type AdminServer, checkOptions, StartError } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";
import type { DeadLetterDesk, LetterJob } from "./dead-letter-desk.ts";
import type { LetterFilter } from "./dead-letter-store.ts";

const limitDefault = 100;
const limitMax = 500;
const bodyBytesMax = 256 * 1024;
/** How long an answer waits for the end of what was asked; then it says that it goes on. */
const answerMsMax = 10_000;

const time = Type.String({
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$`,
  expected: "a time such as 2026-11-23T08:00:00Z",
});
const filterSchema = Type.Object({
  output: Type.Optional(Type.String({ minLength: 1 })),
  code: Type.Optional(Type.String({ minLength: 1 })),
  since: Type.Optional(time),
  until: Type.Optional(time),
  offsets: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 10_000 })),
  all: Type.Optional(Type.Boolean()),
});
type Given = Static<typeof filterSchema>;

/**
 * `GET /dead-letters?output=&code=&since=&until=&limit=&cursor=` (oldest first), `GET /dead-letters/{offset}`, `GET /dead-letters/job`,
 * `POST /dead-letters/replay` and `POST /dead-letters/purge`.
 *
 * **Shape**: a list is `{"letters":[{"offset","time","output","code","reason","id"}],"next":"17"}`, where `next`, the cursor of the next page, is null at the
 * end. The POSTs take `{"output","code","since","until","offsets":[…]}` or `{"all":true}` and answer the job: 200 when it has ended, 202 while it goes on, 500 when it failed.
 */
export function addDeadLetterRoutes(admin: AdminServer, desk: DeadLetterDesk): void {
  const job = (): AdminAnswer => ({ body: desk.job ?? null });
  admin.get("/dead-letters", (request) => whileFree(() => list(desk, request)));
  admin.get("/dead-letters/job", job);
  admin.get("/dead-letters/{offset}", ({ parameter }) => whileFree(() => show(desk, parameter)));
  for (const kind of ["replay", "purge"] as const)
    admin.post(`/dead-letters/${kind}`, (request) => whileFree(() => begin(desk, kind, request)));
}

async function list(desk: DeadLetterDesk, { query }: AdminRequest): Promise<AdminAnswer> {
  const { limit, cursor, ...given } = Object.fromEntries([...query].filter(([, value]) => value !== ""));
  const { letters, next } = await desk.list(filterOf(given), {
    from: numberOf("cursor", cursor) ?? 0,
    limit: Math.min(Math.max(numberOf("limit", limit) ?? limitDefault, 1), limitMax),
  });
  return { body: { letters, next: next === undefined ? null : String(next) } };
}

async function show(desk: DeadLetterDesk, parameter: string): Promise<AdminAnswer> {
  const offset = numberOf("offset", parameter) ?? 0;
  const letter = await desk.show(offset);
  if (letter === undefined) throw new AdminRefusal(404, `there is no dead letter ${offset}`);
  return { body: letter };
}

async function begin(desk: DeadLetterDesk, kind: LetterJob["kind"], request: AdminRequest): Promise<AdminAnswer> {
  const given = await request.readJson(bodyBytesMax);
  const filter = filterOf(given);
  const names = Object.values(filter).some((one) => one !== undefined);
  if (!names && (given as Given).all !== true)
    throw new AdminRefusal(400, `say which letters to ${kind}: output, code, since, until, offsets, or "all": true`);
  await desk.begin(kind, filter);
  await desk.settled(answerMsMax, request.signal);
  const { job } = desk;
  return { status: job?.isRunning === true ? 202 : job?.error === undefined ? 200 : 500, body: job };
}

function filterOf(given: unknown): LetterFilter {
  const { value, problems } = checkOptions({ schema: filterSchema, value: given, path: [], directory: "." });
  const [problem] = problems;
  if (problem !== undefined)
    throw new AdminRefusal(400, [problem.path.join("."), problem.message].filter((text) => text !== "").join(": "));
  const { output, code, since, until, offsets } = value as Given;
  return { output, code, since: wholeTime(since), until: wholeTime(until), offsets: offsets && new Set(offsets) };
}

/** With milliseconds, as letters have it. */
function wholeTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = new Date(text);
  if (Number.isNaN(parsed.getTime())) throw new AdminRefusal(400, `expected a time such as 2026-11-23T08:00:00Z, found "${text}"`);
  return parsed.toISOString();
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new AdminRefusal(400, `${name}: expected a number, found "${text.slice(0, 40)}"`);
  return Number(text);
}

/** A command may be at the letters just now. */
async function whileFree(answer: () => Promise<AdminAnswer>): Promise<AdminAnswer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof StartError) throw new AdminRefusal(409, error.message);
    throw error;
  }
}
