import {
  type BooleanOperator,
  booleanOperators,
  comparisonOperators,
  type Expression,
  type Operand,
  type Value,
} from "./logstash-syntax.ts";
import type { Scanner } from "./scanner.ts";

/** Conditions within conditions. */
const depthMax = 200;

/** `and` binds closer than `or`. */
const looseOperators: readonly BooleanOperator[] = ["or", "xor"];
const closeOperators: readonly BooleanOperator[] = ["and", "nand"];

const fieldElement = /\[[^\][,]+\]/y;
const fieldStart = /\[[^\][,"'\s][^\][,"']*\]/y;
const operators = [...comparisonOperators, "=~", "!~"] as const;

/**
 * Reads a condition, to the brace behind it.
 *
 * **Errors**: StartError with the place and one sentence.
 */
export function parseCondition(scanner: Scanner, parseValue: () => Value, depth = 0): Expression {
  if (depth > depthMax) scanner.fail(`conditions stand ${depthMax} deep in each other: make them fewer`);
  const parseClose = () => parseChain(scanner, closeOperators, () => parseExpression(scanner, parseValue, depth));
  return parseChain(scanner, looseOperators, parseClose);
}

function parseChain(scanner: Scanner, accepted: readonly BooleanOperator[], parsePart: () => Expression): Expression {
  let left = parsePart();
  for (;;) {
    scanner.skip();
    const { place } = scanner;
    const operator = accepted.find((name) => scanner.take(new RegExp(`${name}(?![A-Za-z0-9_])`, "y")) !== undefined);
    if (operator === undefined) {
      refuseOtherLanguages(scanner);
      return left;
    }
    scanner.skip();
    left = { kind: operator, left, right: parsePart(), place };
  }
}

/** What people write who come from another language. */
function refuseOtherLanguages(scanner: Scanner): void {
  if (scanner.sees(/&&|\|\|/y)) scanner.fail(`there is no operator ${scanner.next.repeat(2)}: write one of ${booleanOperators.join(", ")}`);
}

function parseExpression(scanner: Scanner, parseValue: () => Value, depth: number): Expression {
  const { place } = scanner;
  if (scanner.takeText("(")) return parseParenthesis(scanner, parseValue, depth);
  if (!scanner.sees(/!~/y) && scanner.takeText("!")) {
    scanner.skip();
    if (scanner.takeText("(")) return { kind: "not", inner: parseParenthesis(scanner, parseValue, depth), place };
    const operand = parseOperand(scanner, parseValue);
    if (operand.kind !== "field") scanner.fail('"!" stands before a [field] or a parenthesis', operand.place);
    return { kind: "not", inner: { kind: "operand", operand, place: operand.place }, place };
  }
  return parseComparison(scanner, parseValue);
}

function parseParenthesis(scanner: Scanner, parseValue: () => Value, depth: number): Expression {
  scanner.skip();
  const inner = parseCondition(scanner, parseValue, depth + 1);
  scanner.skip();
  scanner.expect(")", "at the end of the condition");
  return inner;
}

function parseComparison(scanner: Scanner, parseValue: () => Value): Expression {
  const left = parseOperand(scanner, parseValue);
  scanner.skip();
  const { place } = scanner;
  const operator = takeOperator(scanner);
  if (operator === undefined) return { kind: "operand", operand: left, place: left.place };
  scanner.skip();
  return { kind: "compare", operator, left, right: parseOperand(scanner, parseValue), place };
}

function takeOperator(scanner: Scanner): Extract<Expression, { kind: "compare" }>["operator"] | undefined {
  if (scanner.take(/not\s(?:\s|#[^\n]*\n)*in(?![A-Za-z0-9_])/y) !== undefined) return "not in";
  if (scanner.take(/in(?![A-Za-z0-9_])/y) !== undefined) return "in";
  if (scanner.sees(/=(?![=~>])/y)) scanner.fail('there is no operator "=" in conditions: write ==');
  return operators.find((operator) => scanner.takeText(operator));
}

function parseOperand(scanner: Scanner, parseValue: () => Value): Operand {
  const { place } = scanner;
  if (scanner.next === "/") return { kind: "regexp", pattern: scanner.takeQuoted().replaceAll("\\/", "/"), place };
  if (scanner.sees(fieldStart)) return { kind: "field", keys: parseField(scanner), place };
  if (scanner.next === "" || !/["'\d[-]/.test(scanner.next)) {
    const word = scanner.found();
    const hint = /^"[A-Za-z_]/.test(word) ? `: a field is written [${word.slice(1, -1)}], a text in quotes` : "";
    scanner.fail(`expected a [field], a text, a number, a list or a regular expression, found ${word}${hint}`);
  }
  const value = parseValue();
  if (value.kind === "hash" || value.kind === "plugin") scanner.fail("expected a [field], a text, a number or a list", place);
  return value;
}

function parseField(scanner: Scanner): readonly string[] {
  const keys: string[] = [];
  for (let key = scanner.take(fieldElement); key !== undefined; key = scanner.take(fieldElement)) keys.push(key.slice(1, -1).trim());
  return keys;
}
