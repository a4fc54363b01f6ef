import type { CallView, Side } from "./call-view.ts";
import type { Findings } from "./findings.ts";
import { charsMax, patternCharsMax } from "./limits.ts";
import { compilePattern, matches } from "./pattern.ts";
import type { SuccessRule } from "./rules-schema.ts";
import type { Selectors } from "./selectors.ts";

/** Whether a call whose status is a success is one by the rule, too. */
export type HoldsSuccess = (view: CallView, findings: Findings) => boolean;

const soapFault: SuccessRule = { xml: "/Envelope/Body/Fault", exists: false };

/**
 * Compiles the rule for `success`.
 *
 * Where the value is not there, the rule says what that means; but where the body was not kept, or not all of it, its absence
 * says nothing and the rule holds.
 */
export function compileSuccess(configured: SuccessRule, selectors: Selectors): HoldsSuccess {
  const rule = configured.soapFault === true ? soapFault : configured;
  const side = rule.of ?? "response";
  const slot = selectors.add(rule, side, {
    takes: rule.exists === undefined ? "value" : "presence",
    valuesMax: 1,
    charsMax: charsMax.success,
    takesEmpty: true,
  });
  const holds = compileTest(rule);
  const looksIntoBody = rule.header === undefined && rule.query === undefined;
  const isPattern = rule.pattern !== undefined;
  return (view, findings) => {
    const value = findings.first(slot);
    return (value === undefined && looksIntoBody && !isWhole(view, side, isPattern)) || holds(value);
  };
}

function isWhole(view: CallView, side: Side, isPattern: boolean): boolean {
  const text = side === "request" ? view.requestBody : view.responseBody;
  const isCut = side === "request" ? view.requestBodyIsCut : view.responseBodyIsCut;
  return text !== undefined && !isCut && !(isPattern && text.length > patternCharsMax);
}

function compileTest(rule: SuccessRule): (value: string | undefined) => boolean {
  const { exists } = rule;
  if (exists !== undefined) return (value) => (value !== undefined) === exists;
  const isMatch = compileMatch(rule);
  const whenAbsent = rule.whenAbsent !== "failure";
  return (value) => (value === undefined ? whenAbsent : isMatch(value));
}

function compileMatch(rule: SuccessRule): (value: string) => boolean {
  if (rule.matches !== undefined) {
    const pattern = compilePattern(rule.matches);
    return (value) => matches(pattern, value);
  }
  const isIn = rule.in !== undefined;
  const words = new Set((rule.in ?? rule.notIn ?? []).map((word) => String(word)));
  return (value) => words.has(value) === isIn;
}
