import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type TypeScript from "typescript";

/** What the compiler says: lines `file:line:column: message`, and a note where there is no compiler. */
export interface TypeCheck {
  readonly problems: readonly string[];
  readonly note?: string;
}

/** What the file may import from the app, and where the types of that are: the first that is there, beside the app as it is delivered or its source. */
export interface CodeTypes {
  readonly module: string;
  readonly files: readonly string[];
}

/** What such a file may use of Node where the types of Node are not installed. */
const ambient = `declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
declare const console: { log(...values: unknown[]): void; error(...values: unknown[]): void };`;

/** Type-checks a configuration that is code, by the package `typescript` of the project that the file lies in, or the one beside the app. */
export function checkCodeTypes(path: string, { module, files }: CodeTypes): TypeCheck {
  const file = resolve(path);
  const typescript = findTypeScript(file);
  const types = files.find((name) => existsSync(name));
  if (typescript === undefined || types === undefined || !existsSync(file))
    return { problems: [], note: `${path}: only its values are checked, not its types: the package typescript is not installed` };
  return { problems: compile(typescript, file, { [module]: [types] }) };
}

function findTypeScript(file: string): typeof TypeScript | undefined {
  for (const from of [file, import.meta.filename]) {
    try {
      const found = createRequire(from)("typescript") as Partial<typeof TypeScript>;
      // Compilers that are no JavaScript have the name, but not these functions.
      if (typeof found.createProgram === "function") return found;
    } catch {
      // It is not installed there.
    }
  }
  return undefined;
}

function compile(ts: typeof TypeScript, file: string, paths: Record<string, string[]>): readonly string[] {
  const hasNode = findNodeTypes(file);
  const options: TypeScript.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts"],
    types: hasNode ? ["node"] : [],
    paths,
  };
  const host = ts.createCompilerHost(options);
  const extra = join(dirname(file), "gatelog-node.d.ts");
  const withExtra: TypeScript.CompilerHost = {
    ...host,
    fileExists: (name) => name === extra || host.fileExists(name),
    getSourceFile: (name, target, ...more) =>
      name === extra ? ts.createSourceFile(name, ambient, target) : host.getSourceFile(name, target, ...more),
  };
  const program = ts.createProgram(hasNode ? [file] : [file, extra], options, withExtra);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => lineOf(ts, diagnostic));
}

function findNodeTypes(file: string): boolean {
  try {
    createRequire(file).resolve("@types/node/package.json");
    return true;
  } catch {
    return false;
  }
}

function lineOf(ts: typeof TypeScript, { file, start = 0, messageText }: TypeScript.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(/\s+/g, " ");
  if (file === undefined) return message;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `${file.fileName}:${line + 1}:${character + 1}: ${message}`;
}
