import { expect, test } from "vitest";
import { DeliveryError, PartialDeliveryError, toDeliveryError } from "./delivery-error.ts";

test("what is a DeliveryError stays itself", () => {
  const error = new PartialDeliveryError<number>("GATELOG_TEST_PARTIAL", "some failed", { rejected: [], undelivered: [1] });
  expect(toDeliveryError(error)).toBe(error);
  expect(error).toBeInstanceOf(DeliveryError);
});

test("anything else becomes transient and keeps its cause", () => {
  const cause = new TypeError("odd");
  expect(toDeliveryError(cause)).toMatchObject({ code: "GATELOG_PIPELINE_UNKNOWN", message: "odd", permanent: false, cause });
  expect(toDeliveryError("just text")).toMatchObject({ message: "just text", permanent: false });
});
