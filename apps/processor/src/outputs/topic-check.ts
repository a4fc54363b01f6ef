import { clientTlsProblems, type ConfigProblem } from "@gatelog/service-kit";
import { compressionProblem } from "@gatelog/topic";
import type { TopicOutputConfig } from "../config.ts";
import { FieldPath } from "../filters/field-path.ts";
import { FieldTemplate } from "./field-template.ts";
import { topicNamesProblems } from "./topic-names.ts";

type Path = ConfigProblem["path"];

/** The fields that a topic output reads, with the place of each below the output's options. */
export function fieldsOfTopic({ key, headers, nameBy }: TopicOutputConfig): { readonly field: string; readonly path: Path }[] {
  const template = nameBy === undefined ? undefined : FieldTemplate.parse(nameBy.template);
  const ofName = template instanceof FieldTemplate ? template.fields : [];
  return [
    { field: key, path: ["key"] },
    ...Object.entries(headers).map(([name, field]) => ({ field, path: ["headers", name] })),
    ...ofName.map((field) => ({ field, path: ["nameBy", "template"] })),
  ];
}

/** What the schema cannot say of a topic output. */
export function checkTopic(topic: TopicOutputConfig, path: Path): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const compression = "kafka" in topic ? compressionProblem(topic.compression) : undefined;
  if (compression !== undefined) problems.push({ path: [...path, "compression"], message: compression });
  if ("kafka" in topic) problems.push(...clientTlsProblems(topic.kafka.tls, [...path, "kafka", "tls"]));
  for (const { field, path: below } of fieldsOfTopic(topic)) {
    const parsed = FieldPath.parse(field);
    if (typeof parsed === "string") problems.push({ path: [...path, ...below], message: parsed });
  }
  for (const name of Object.keys(topic.headers)) {
    if (name.startsWith("gatelog-"))
      problems.push({ path: [...path, "headers", name], message: "headers that begin with gatelog- are our own: choose another name" });
  }
  if (topic.nameBy === undefined) return problems;
  if ("embedded" in topic)
    problems.push({ path: [...path, "nameBy"], message: "a topic in a directory is one: nameBy is for Kafka, leave it out" });
  for (const { path: below, message } of topicNamesProblems(topic.nameBy)) problems.push({ path: [...path, "nameBy", ...below], message });
  return problems;
}
