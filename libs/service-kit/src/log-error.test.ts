import { expect, test } from "vitest";
import { serializeError } from "./log-error.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5044"), { code: "ECONNREFUSED" });

test("what the causes of an error say is said once, and their stacks and codes are there", () => {
  const dialled = new Error(refused.message, { cause: refused });
  const outer = Object.assign(new Error("logstash:5044: connect ECONNREFUSED 127.0.0.1:5044", { cause: dialled }), { code: "X" });
  expect(serializeError(outer)).toMatchObject({
    type: "Error",
    code: "X",
    message: "logstash:5044: connect ECONNREFUSED 127.0.0.1:5044",
    stack: expect.stringMatching(/caused by: Error: connect[\s\S]*caused by: Error: connect/),
  });
});

test("a cause that says something new is told behind", () => {
  expect(serializeError(new Error("cannot send", { cause: refused }))).toMatchObject({
    message: "cannot send: connect ECONNREFUSED 127.0.0.1:5044",
  });
});

test("causes that are no errors, or go in a circle, do no harm", () => {
  expect(serializeError("text")).toBe("text");
  expect(serializeError(new Error("a", { cause: "b" }))).toMatchObject({ message: "a" });
  const circle: Error = new Error("a");
  circle.cause = circle;
  expect(serializeError(circle)).toMatchObject({ message: "a" });
});
