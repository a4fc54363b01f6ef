import { dirname, resolve } from "node:path";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { pipelineGraph } from "../inspect/pipeline-graph.ts";
import { configFileOf, parseOptions } from "./arguments.ts";

/** `graph --config FILE`: the pipeline as a picture. */
export const graphCommand: AppCommand<Config> = {
  usage: "--config FILE: the pipeline as a Mermaid flowchart, with the filters that each output really runs",
  run(args, { loadConfig, print }) {
    const { values, positionals } = parseOptions("graph", args, { config: { type: "string" } });
    const [word] = positionals;
    if (word !== undefined) throw new StartError(`graph: takes --config FILE alone, found "${word}"`);
    const file = configFileOf("graph", values.config);
    print(pipelineGraph(loadConfig(file), dirname(resolve(file))));
    return Promise.resolve();
  },
};
