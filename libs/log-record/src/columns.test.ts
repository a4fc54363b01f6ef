import { expect, test } from "vitest";
import { recordColumns, recordFields } from "./index.ts";

/** Words that PostgreSQL 18, MySQL 9 or Oracle 23 reserve, as far as a column could be called so. */
const reserved = new Set(
  `access add all alter analyse analyze and any array as asc asymmetric audit authorization before between bigint binary blob both by call cascade case cast
  change char character check cluster collate collation column columns comment compress concurrently condition connect constraint continue convert create cross
  cube current current_date current_time current_timestamp current_user cursor database databases date day_hour dec decimal declare default deferrable delayed
  delete dense_rank desc describe deterministic distinct distinctrow div do double drop dual each else elseif empty enclosed end escaped except exclusive exists
  exit explain false fetch file first_value float for force foreign freeze from full fulltext function generated get grant group grouping groups having
  high_priority identified if ignore ilike immediate in increment index infile initial initially inner inout insensitive insert int integer intersect interval
  into io_after_gtids is isnull iterate join json_table key keys kill lag last_value lateral lead leading leave left level like limit linear lines load
  localtime localtimestamp lock long longblob longtext loop low_priority manual match maxextents maxvalue minus mlslabel mod mode modifies modify natural noaudit
  nocompress not notnull nowait nth_value ntile null number numeric of offline offset on online only optimize option or order out outer over overlaps parallel
  partition percent_rank pctfree placing precision primary prior procedure public purge qualify range rank raw read reads real recursive references regexp
  release rename repeat replace require resignal resource restrict return returning revoke revoke right rlike row row_number rowid rownum rows schema schemas
  select sensitive separator session session_user set share show signal similar size smallint some spatial specific sql sqlexception ssl start starting
  stored straight_join successful symmetric synonym sysdate system system_user table tablesample terminated text then to trailing trigger true uid undo union
  unique unlock unsigned update usage use user using utc_date utc_time validate values varbinary varchar varchar2 variadic varying verbose view virtual when
  whenever where while window with write xor year_month zerofill`.split(/\s+/),
);

test("every field but the id has one column, each its own, none of them a reserved word", () => {
  expect(recordColumns.map(({ field }) => field)).toEqual(recordFields.filter((field) => field !== "id"));
  const names = [...recordColumns.map(({ column }) => column), "event_day", "id", "extra", "parse_error", "raw_line", "stored_at"];
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => reserved.has(name))).toEqual([]);
  expect(names.filter((name) => !/^[a-z][a-z_]*$/.test(name))).toEqual([]);
});

test("bodies and headers are kept apart from the metadata", () => {
  const bodies = recordColumns.filter(({ table }) => table === "interface_body").map(({ column }) => column);
  expect(bodies).toEqual(["request_headers", "response_headers", "request_content", "response_content"]);
});
