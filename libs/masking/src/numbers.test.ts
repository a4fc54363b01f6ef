import { describe, expect, test } from "vitest";
import { canonicalNumber, findNumbers } from "./numbers.ts";

const all = () => true;
const found = (text: string) => findNumbers(text, all).map(({ from, to, kind }) => `${kind} ${text.slice(from, to)}`);

describe("numbers of persons", () => {
  test.each([
    ["call 13800138000 now", "phone 13800138000"],
    ["tel13800138000x", "phone 13800138000"],
    ["+86 138-0013-8000", "phone +86 138-0013-8000"],
    ["+8613800138000", "phone +8613800138000"],
    ["0086 138 0013 8000", "phone 0086 138 0013 8000"],
    ["86-13800138000", "phone 86-13800138000"],
    ["1380-013-8000", "phone 1380-013-8000"],
    ["手机１３８００１３８０００。", "phone １３８００１３８０００"],
    ["id 110101199003077571.", "idCard 110101199003077571"],
    ["id 11010119900307109x,", "idCard 11010119900307109x"],
    ["110101 19900307 7571", "idCard 110101 19900307 7571"],
    ["old 110101900307757", "idCard 110101900307757"],
    ["6222021234567890128", "bankCard 6222021234567890128"],
    ["6222 0212 3456 7890 128", "bankCard 6222 0212 3456 7890 128"],
    ["4111-1111-1111-1111", "bankCard 4111-1111-1111-1111"],
    ["378282246310005", "bankCard 378282246310005"],
    ["5555555555554444", "bankCard 5555555555554444"],
  ])("are found: %s", (text, expected) => expect(found(text)).toEqual([expected]));

  test.each([
    "1700000000000",
    "1700000000",
    "1718000000000000",
    "1718000000000000000",
    "138001380001",
    "12800138000",
    "110101199003077570",
    "110101199013077571",
    "6222021234567890127",
    "0.6222021234567890128",
    "2024-01-15 12:30:45",
    "2024 0115 1230 4500",
    "4111111111111112",
    "550e8400-e29b-41d4-a716-446655440000",
    "202401151234567890",
  ])("are not seen in %s", (text) => expect(found(text)).toEqual([]));

  test("are found one after the other", () => {
    expect(found("13800138000 13900139000,110101199003077571")).toEqual([
      "phone 13800138000",
      "phone 13900139000",
      "idCard 110101199003077571",
    ]);
  });

  test("have one canonical form however they are written", () => {
    for (const text of ["13800138000", "+86 138 0013 8000", "0086-13800138000", "１３８００１３８０００"])
      expect(canonicalNumber(text)).toBe("13800138000");
    expect(canonicalNumber("order 13800138000")).toBe("order 13800138000");
  });
});
