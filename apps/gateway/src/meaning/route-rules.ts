import type { ConfigProblem } from "@gatelog/service-kit";
import { checkLabelCount, checkRules } from "./check-rules.ts";
import type { Labels, Rules } from "./rules-schema.ts";

/** What a routes file and each of its routes may say about meaning. */
export interface MeaningKeys {
  readonly rules?: Rules;
  readonly labels?: Labels;
}

/** The rules in force for a route: a key of its own replaces the file's. */
export function rulesFor(file: MeaningKeys, route: MeaningKeys): Rules {
  return { ...file.rules, ...route.rules };
}

/** The labels of every call of a route; one frozen object for all of them, undefined where there are none. */
export function labelsFor(file: MeaningKeys, route: MeaningKeys): Labels | undefined {
  const labels = { ...file.labels, ...route.labels };
  return Object.keys(labels).length === 0 ? undefined : Object.freeze(labels);
}

/** What is wrong with the rules and labels of a file and its routes. */
export function checkMeaning(file: MeaningKeys & { readonly routes: readonly MeaningKeys[] }): readonly ConfigProblem[] {
  return [
    ...checkRules(file.rules ?? {}, ["rules"]),
    ...file.routes.flatMap((route, index) => [
      ...checkRules(route.rules ?? {}, ["routes", index, "rules"]),
      ...checkLabelCount(labelsFor(file, route) ?? {}, rulesFor(file, route), ["routes", index, "labels"]),
    ]),
  ];
}
