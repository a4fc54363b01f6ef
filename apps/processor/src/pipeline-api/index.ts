// What `import … from "@gatelog/processor"` gives in a pipeline.ts. The builders are made from the schemas, so all of them are handed on.
export * from "./generated/api.ts";
export { definePipeline, when, type PipelineConfig } from "./define-pipeline.ts";
export type {
  Condition,
  FieldCondition,
  Filter,
  Filters,
  FilterStep,
  Input,
  Output,
  OutputPlace,
  Parsed,
  PipelineEvent,
  Place,
  WithDocument,
} from "./types.ts";
