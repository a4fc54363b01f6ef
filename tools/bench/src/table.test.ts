import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell: the first to the left, the others to the right", () =>
  expect(
    formatTable(
      ["name", "n"],
      [
        ["a", "10"],
        ["long name", "5"],
      ],
    ),
  ).toBe("name        n\n─────────  ──\na          10\nlong name   5"));
