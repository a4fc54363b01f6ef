import { DeliveryError } from "@gatelog/pipeline";
import { describe, expect, test } from "vitest";
import { DatabaseError } from "./errors.ts";
import { classifyMysql } from "./mysql/classify-mysql.ts";
import { classifyOracle } from "./oracle/classify-oracle.ts";
import { classifyPostgresql } from "./postgresql/classify-postgresql.ts";
import { classifySqlite } from "./sqlite/classify-sqlite.ts";

const withCode = (code: string, more: object = {}) => Object.assign(new Error(`failed with ${code}`), { code }, more);

describe("an error of PostgreSQL", () => {
  test.each(["22P02", "22021", "22003", "22008", "23502", "23505", "23514", "44000", "54000", "P0001", "P0004", "ERR_STRING_TOO_LONG"])(
    "%s is about the row",
    (code) => {
      expect(classifyPostgresql(withCode(code))).toMatchObject({ permanent: true, code: "GATELOG_DATABASE_REFUSED" });
    },
  );

  test.each([
    "08006",
    "08P01",
    "25P02",
    "28P01",
    "3D000",
    "40001",
    "40P01",
    "42P01",
    "42501",
    "53100",
    "53200",
    "53300",
    "55P03",
    "57014",
    "57P01",
    "57P03",
    "58030",
    "XX000",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENOTFOUND",
  ])("%s is not", (code) => {
    expect(classifyPostgresql(withCode(code))).toMatchObject({ permanent: false, code: "GATELOG_DATABASE_UNAVAILABLE" });
  });

  test("a missing partition is the table's fault, though its class is that of a constraint", () => {
    expect(classifyPostgresql(withCode("23514", { routine: "ExecFindPartition" })).permanent).toBe(false);
  });
});

describe("an error of Oracle", () => {
  test("that a trigger raises is about the row, as on the other databases", () => {
    expect(classifyOracle(new Error("ORA-20001: no such caller")).permanent).toBe(true);
    expect(classifyOracle(Object.assign(new Error("no such caller"), { errorNum: 20_999 })).permanent).toBe(true);
    expect(classifyOracle(new Error("ORA-21000: error number is out of range")).permanent).toBe(false);
  });
});

describe("an error of SQLite", () => {
  test.each(["SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_NOTNULL", "SQLITE_CONSTRAINT_TRIGGER", "SQLITE_TOOBIG", "SQLITE_MISMATCH"])(
    "%s is about the row",
    (code) => {
      expect(classifySqlite(withCode(code))).toMatchObject({ permanent: true, code: "GATELOG_DATABASE_REFUSED" });
    },
  );

  test.each([
    "SQLITE_BUSY",
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_READONLY",
    "SQLITE_ERROR",
    "ENOSPC",
  ])("%s is not", (code) => {
    expect(classifySqlite(withCode(code))).toMatchObject({ permanent: false, code: "GATELOG_DATABASE_UNAVAILABLE" });
  });
});

describe("an error of MySQL", () => {
  const withErrno = (errno: number, message = `failed with ${errno}`) => Object.assign(new Error(message), { errno });

  test.each([1048, 1153, 1216, 1264, 1292, 1364, 1366, 1369, 1406, 1452, 1644, 3140, 3819, 4025])("%d is about the row", (errno) => {
    expect(classifyMysql(withErrno(errno))).toMatchObject({ permanent: true, code: "GATELOG_DATABASE_REFUSED" });
  });

  test.each([1021, 1040, 1044, 1045, 1049, 1053, 1114, 1142, 1146, 1205, 1213, 1290, 1526, 1665, 1836, 1969, 3024, 45009, 45012])(
    "%d is not",
    (errno) => {
      expect(classifyMysql(withErrno(errno))).toMatchObject({ permanent: false, code: "GATELOG_DATABASE_UNAVAILABLE" });
    },
  );

  test.each(["Duplicate entry '2026-11-23-0199' for key 'PRIMARY'", "Duplicate entry '2026-11-23-0199' for key 'interface_log.PRIMARY'"])(
    "a call that is there already is not: %s",
    (message) => {
      expect(classifyMysql(withErrno(1062, message)).permanent).toBe(false);
    },
  );

  test("a value that is there already, where somebody else's index forbids it, is", () => {
    expect(classifyMysql(withErrno(1062, "Duplicate entry 'PRIMARY' for key 'interface_log.request_id_once'")).permanent).toBe(true);
  });
});

describe.each([
  ["MySQL", classifyMysql],
  ["PostgreSQL", classifyPostgresql],
  ["SQLite", classifySqlite],
])("anything else, for %s,", (_name, classify) => {
  test.each([undefined, null, "text", 42, new Error("?"), {}])("is transient: %j", (thrown) => {
    expect(classify(thrown).permanent).toBe(false);
  });

  test("keeps what is a delivery error, and the code of a migration that is refused", () => {
    const error = new DeliveryError("X", "x", { permanent: true });
    expect(classify(error)).toBe(error);
    expect(classify(new DatabaseError("GATELOG_DATABASE_MIGRATION_CHANGED", "m"))).toMatchObject({
      code: "GATELOG_DATABASE_MIGRATION_CHANGED",
      permanent: false,
      message: "m",
    });
  });
});
