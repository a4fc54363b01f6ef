import { DeliveryError } from "@gatelog/pipeline";
import { expect, test } from "vitest";
import { retryReasonOf } from "./retry-reason.ts";

const failure = (message: string, cause: object = {}, permanent = false) =>
  new DeliveryError("GATELOG_TEST", message, { permanent, cause: Object.assign(new Error(message), cause) });

test.each([
  ["deadlock", failure("deadlock detected", { code: "40P01" })],
  ["deadlock", failure("Deadlock found when trying to get lock", { code: "ER_LOCK_DEADLOCK", errno: 1213 })],
  ["timeout", failure("canceling statement due to statement timeout", { code: "57014" })],
  ["timeout", failure("Query read timeout")],
  ["timeout", failure("Lock wait timeout exceeded", { errno: 1205 })],
  ["timeout", failure("SQLite: database is locked")],
  ["connection", failure("connect ECONNREFUSED 127.0.0.1:5432", { code: "ECONNREFUSED" })],
  ["connection", failure("PostgreSQL: timeout exceeded when trying to connect")],
  ["connection", failure("PostgreSQL: timeout expired")],
  ["connection", failure("connect ETIMEDOUT 10.0.0.1:5432", { code: "ETIMEDOUT" })],
  ["connection", failure("Connection timeout: failed to create socket after 10000ms", { code: "ER_CONNECTION_TIMEOUT", errno: 45012 })],
  ["connection", failure("sorry, too many clients already", { code: "53300" })],
  ["refused", failure("value too long", { code: "22001" }, true)],
  ["other", failure("no space left on device", { code: "53100" })],
] as const)("%s is read from %s", (reason, error) => {
  expect(retryReasonOf(error)).toBe(reason);
});
