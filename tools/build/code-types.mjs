// The types of a configuration that is code, as one file: the declarations of sources that import each other alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** The text of such a file, e.g. `processor.d.ts`. */
export function codeTypes(directory, sources) {
  const texts = sources.map((name) => {
    const { outputText } = ts.transpileDeclaration(readFileSync(join(directory, name), "utf8"), {
      fileName: name,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    return outputText.replaceAll(/^import .*;\n/gm, "");
  });
  return texts.join("\n");
}
