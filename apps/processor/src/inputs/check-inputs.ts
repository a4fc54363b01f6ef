import { compileGlob, FileTailError } from "@gatelog/file-tail";
import { checkTlsFiles, checkWritableDirectory, clientTlsProblems, type ConfigProblem } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { serverTlsProblems } from "../config/server-tls.ts";
import type { InputConfig } from "./create-input.ts";

/** Relations between values of the inputs, which the schema cannot say. */
export function checkInputs(config: Config): ConfigProblem[] {
  const problems = config.inputs.flatMap((input, index) => checkInput(input, config, ["inputs", index]));
  return [...problems, ...checkOnce(config), ...checkLoops(config)];
}

/** Looks at the files that the inputs name. **Errors**: StartError, one sentence naming the key and the file. */
export function checkInputFiles({ inputs }: Config): void {
  for (const [index, input] of inputs.entries()) {
    const key = `inputs[${index}]`;
    if ("beats" in input && input.beats.tls !== undefined) checkTlsFiles(input.beats.tls, `${key}.beats.tls`);
    if ("http" in input && input.http.tls !== undefined) checkTlsFiles(input.http.tls, `${key}.http.tls`);
    if ("kafka" in input && input.kafka.tls !== undefined) checkTlsFiles(input.kafka.tls, `${key}.kafka.tls`);
    if ("file" in input) checkWritableDirectory(input.file.registryDir, `${key}.file.registryDir`);
  }
}

function checkInput(input: InputConfig, { limits }: Config, at: ConfigProblem["path"]): ConfigProblem[] {
  if ("beats" in input) return checkBeats(input.beats, limits, [...at, "beats"]);
  if ("http" in input) return checkHttp(input.http, [...at, "http"]);
  if ("kafka" in input) return clientTlsProblems(input.kafka.tls, [...at, "kafka", "tls"]);
  return "file" in input ? checkGlobs(input.file, [...at, "file"]) : [];
}

type Of<K extends string> = Extract<InputConfig, { readonly [key in K]: unknown }>[K];

function checkBeats(beats: Of<"beats">, { lineBytesMax }: Config["limits"], path: ConfigProblem["path"]): ConfigProblem[] {
  const problems = serverTlsProblems(beats.tls, [...path, "tls"]);
  if (beats.jsonBytesMax < lineBytesMax)
    problems.push({ path: [...path, "jsonBytesMax"], message: "must not be below limits.lineBytesMax: an event carries a line" });
  if (beats.inFlightBytesMax < beats.jsonBytesMax)
    problems.push({ path: [...path, "inFlightBytesMax"], message: "must not be below jsonBytesMax: one event has to fit" });
  return problems;
}

function checkHttp({ tls, inFlightBytesMax, bodyBytesMax }: Of<"http">, path: ConfigProblem["path"]): ConfigProblem[] {
  const problems = serverTlsProblems(tls, [...path, "tls"]);
  // Besides its bytes each event counts for what holds it: a body of the shortest lines weighs many times its size.
  if (inFlightBytesMax >= 2 * bodyBytesMax) return problems;
  return [
    ...problems,
    { path: [...path, "inFlightBytesMax"], message: "must not be below twice bodyBytesMax: a body and its events have to fit" },
  ];
}

function checkGlobs({ paths, exclude }: Of<"file">, path: ConfigProblem["path"]): ConfigProblem[] {
  const check = (key: string, globs: readonly string[]) =>
    globs.flatMap((glob, index): ConfigProblem[] => {
      try {
        compileGlob(glob);
        return [];
      } catch (error) {
        if (error instanceof FileTailError) return [{ path: [...path, key, index], message: error.message }];
        throw error;
      }
    });
  return [...check("paths", paths), ...check("exclude", exclude)];
}

/** What there is only one of: standard input, and a registry for each input of files. */
function checkOnce({ inputs }: Config): ConfigProblem[] {
  const seen = new Set<string>();
  return inputs.flatMap((input, index): ConfigProblem[] => {
    const what = "stdin" in input ? "stdin" : "file" in input ? input.file.registryDir : undefined;
    if (what === undefined) return [];
    const isKnown = seen.has(what);
    seen.add(what);
    if (!isKnown) return [];
    if (what === "stdin") return [{ path: ["inputs", index, "stdin"], message: "there is only one standard input: remove one of the two" }];
    return [{ path: ["inputs", index, "file", "registryDir"], message: `another input has ${what} already: give each its own` }];
  });
}

/** Events that are written to where they are read from would go round for ever. */
function checkLoops({ inputs, outputs }: Config): ConfigProblem[] {
  return inputs.flatMap((input, index): ConfigProblem[] => {
    const isWritten = outputs.some((output) => "topic" in output && isSameTopic(input, output.topic));
    const kind = "kafka" in input ? "kafka" : "embedded";
    const message = "an output writes this topic too, so events would go round for ever: read another topic, or write another one";
    return isWritten ? [{ path: ["inputs", index, kind, "topic"], message }] : [];
  });
}

type TopicOutput = Extract<Config["outputs"][number], { readonly topic: unknown }>["topic"];

function isSameTopic(input: InputConfig, output: TopicOutput): boolean {
  if ("kafka" in input && "kafka" in output)
    return input.kafka.topic === output.name && input.kafka.brokers.some((broker) => output.kafka.brokers.includes(broker));
  return "embedded" in input && "embedded" in output && input.embedded.topic === output.name && input.embedded.dir === output.embedded.dir;
}
