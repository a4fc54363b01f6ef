import { DatabaseError } from "./errors.ts";

/** What most URLs that cannot be read lack. */
export const escapeAdvice = "signs such as @ : / ? # and % in a user or password are written %40 %3A %2F %3F %23 %25";

/** A URL that is refused; the message never repeats it, for it may hold a password. */
export function wrongUrl(message: string): DatabaseError {
  return new DatabaseError("GATELOG_DATABASE_URL", message);
}
