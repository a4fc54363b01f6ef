import { type AdminAnswer, AdminRefusal, type AdminRequest, type AdminServer, nearestName } from "@gatelog/service-kit";
import type { TapWish } from "./tap-stream.ts";
import type { Taps } from "./taps.ts";
import { parseWhere } from "./where.ts";

const keys = ["at", "output", "where", "limit", "sample"] as const;
/** Conditions of one tap. */
const wheresMax = 16;

/** `GET /tap?at=&output=&where=&limit=&sample=`: events as they pass, as NDJSON, until the client leaves or has `limit` of them. */
export function addTapRoute(admin: AdminServer, taps: Taps): void {
  admin.get("/tap", ({ query, signal, method }): AdminAnswer => {
    const wish = wishOf(query);
    // A HEAD only asks whether it would be answered.
    const stream = taps.open(wish, method === "HEAD" ? AbortSignal.abort() : signal);
    return { type: "application/x-ndjson; charset=utf-8", body: stream.read() };
  });
}

/** **Errors**: AdminRefusal 400. */
function wishOf(query: AdminRequest["query"]): TapWish {
  for (const key of query.keys()) {
    if ((keys as readonly string[]).includes(key)) continue;
    const nearest = nearestName(key, keys);
    throw new AdminRefusal(
      400,
      `unknown "${key}"${nearest === undefined ? `, valid are: ${keys.join(", ")}` : `, did you mean "${nearest}"?`}`,
    );
  }
  const wheres = query.getAll("where");
  if (wheres.length > wheresMax) throw new AdminRefusal(400, `there are ${wheres.length} conditions, at most ${wheresMax} are possible`);
  return {
    at: query.get("at") ?? "output",
    output: query.get("output") ?? undefined,
    where: parseWhere(wheres),
    limit: countOf("limit", query.get("limit")),
    sample: countOf("sample", query.get("sample")) ?? 1,
  };
}

function countOf(name: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new AdminRefusal(400, `${name} takes a number from 1 to 999999999, found "${text}"`);
  return Number(text);
}
