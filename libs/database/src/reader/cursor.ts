import { DatabaseError } from "../errors.ts";

/** Where a page ended: the place in the order (request_time, id) descending. */
export interface PageKey {
  readonly time: Date;
  readonly id: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An opaque text for a URL. **Shape**: base64url of `[1795420800000,"0199…"]`. */
export function encodeCursor(key: PageKey): string {
  return Buffer.from(JSON.stringify([key.time.getTime(), key.id])).toString("base64url");
}

/** **Errors**: GATELOG_DATABASE_QUERY for anything that encodeCursor did not write. */
export function decodeCursor(cursor: string): PageKey {
  const value = parse(cursor);
  if (Array.isArray(value) && value.length === 2) {
    const [ms, id] = value as [unknown, unknown];
    const time = new Date(typeof ms === "number" ? ms : NaN);
    if (!Number.isNaN(time.getTime()) && typeof id === "string" && uuid.test(id)) return { time, id };
  }
  throw new DatabaseError("GATELOG_DATABASE_QUERY", "cursor is not one that a page of records came with");
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
