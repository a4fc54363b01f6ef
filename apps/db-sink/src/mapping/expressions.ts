import { nearestName } from "@gatelog/service-kit";
import { Environment } from "@marcbachmann/cel-js";
import { parseTimeFormat } from "./format-time.ts";
import { mappedFields, type RecordView } from "./record-view.ts";

/** An expression, read once: what it gives for a record. **Errors**: whatever the expression meets, e.g. a key that is not there. */
export type Expression = (record: RecordView) => unknown;

const sums: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

const environment = makeEnvironment();

/** Reads an expression of CEL over the record's fields. Gives a sentence where it is wrong. **Source**: https://cel.dev */
export function parseExpression(text: string): Expression | string {
  const { valid, error } = environment.check(text);
  if (!valid) return `this expression is wrong: ${sentenceOf(error)}`;
  const run = environment.parse(text);
  return (record) => {
    const value: unknown = run(record);
    // It can only come of a function that we did not register; nothing waits for it.
    if (value instanceof Promise) throw new Error("an expression is synchronous");
    return value;
  };
}

/** The first line of what the library says, and the name that was likely meant. */
function sentenceOf(error: unknown): string {
  const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const unknown = /^Unknown variable: (\w+)/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const near = nearestName(unknown, [...mappedFields.keys()]);
  return `there is no field "${unknown}"${near === undefined ? "" : `, did you mean "${near}"?`}`;
}

function makeEnvironment(): Environment {
  const made = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  for (const field of mappedFields.keys()) made.registerVariable(field, "dyn");
  // CEL keeps whole and other numbers apart; who writes durationMs * 1000 means the number.
  for (const [sign, sum] of Object.entries(sums)) {
    made.registerOperator(`double ${sign} int`, (a: number, b: bigint) => sum(a, Number(b)));
    made.registerOperator(`int ${sign} double`, (a: bigint, b: number) => sum(Number(a), b));
  }
  made.registerFunction("formatTime(string, string, string): string", formatTime);
  return made;
}

function formatTime(time: string, format: string, timeZone: string): string {
  const parsed = parseTimeFormat(format);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed(Date.parse(time), timeZone);
}
