// The types of a pipeline.ts as one file: the declarations of apps/processor/src/pipeline-api, which import each other alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const directory = join(import.meta.dirname, "../../apps/processor/src/pipeline-api");

/** The text of `processor.d.ts`. */
export function pipelineTypes() {
  const texts = ["types.ts", "generated/api.ts", "define-pipeline.ts"].map((name) => {
    const { outputText } = ts.transpileDeclaration(readFileSync(join(directory, name), "utf8"), {
      fileName: name,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    return outputText.replaceAll(/^import .*;\n/gm, "");
  });
  return texts.join("\n");
}
