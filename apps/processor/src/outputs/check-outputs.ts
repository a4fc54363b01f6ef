import { clientTlsProblems, type ConfigProblem } from "@gatelog/service-kit";
import type { Config, OutputConfig } from "../config.ts";
import { parseCondition } from "../filters/condition.ts";
import { checkTopic } from "./topic-check.ts";

/** What the schema cannot say of outputs, each by itself. */
export function checkOutputs({ outputs }: Config): ConfigProblem[] {
  return outputs.flatMap((output, index) => checkOutput(output, ["outputs", index]));
}

function checkOutput(output: OutputConfig, path: ConfigProblem["path"]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (output.when !== undefined) {
    for (const { path: below, message } of parseCondition(output.when).problems)
      problems.push({ path: [...path, "when", ...below], message });
  }
  if ("topic" in output) problems.push(...checkTopic(output.topic, [...path, "topic"]));
  if ("elasticsearch" in output) problems.push(...clientTlsProblems(output.elasticsearch.tls, [...path, "elasticsearch", "tls"]));
  if ("http" in output) {
    problems.push(...clientTlsProblems(output.http.tls, [...path, "http", "tls"]));
    if (!URL.canParse(output.http.url))
      problems.push({ path: [...path, "http", "url"], message: `${output.http.url} is no URL: write one like https://host/path` });
  }
  return problems;
}
