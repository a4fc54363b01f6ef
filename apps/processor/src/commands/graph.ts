import { dirname, resolve } from "node:path";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { pipelineGraph } from "../inspect/pipeline-graph.ts";
import { parseOptions } from "./arguments.ts";

/** `graph --config FILE`: the pipeline as a picture. */
export const graphCommand: AppCommand<Config> = {
  usage: "--config FILE: the pipeline as a Mermaid flowchart, with the filters that each output really runs",
  run(args, { loadConfig, print }) {
    const { values, positionals } = parseOptions("graph", args, { config: { type: "string" } });
    const [word] = positionals;
    if (word !== undefined) throw new StartError(`graph: takes --config FILE alone, found "${word}"`);
    if (values.config === undefined || values.config === "") throw new StartError("graph: --config FILE is missing");
    print(pipelineGraph(loadConfig(values.config), dirname(resolve(values.config))));
    return Promise.resolve();
  },
};
