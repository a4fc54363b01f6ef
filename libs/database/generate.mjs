// Writes one Prisma schema per provider from prisma/models.prisma and generates its client into src/generated/<provider>.
// Nothing is run when nothing changed. Works offline and needs no install scripts. Plain JavaScript, because it runs
// before anything else can.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const providers = ["sqlite", "postgresql", "mysql"];
const root = import.meta.dirname;
const generatedDir = join(root, "src/generated");
const stampFile = join(generatedDir, "stamp.txt");
const prismaPackage = createRequire(import.meta.url).resolve("prisma/package.json");

const inputs = ["prisma/models.prisma", "prisma.config.ts", "generate.mjs"].map((file) => readFileSync(join(root, file), "utf8"));
const stamp = createHash("sha256")
  .update(JSON.stringify([inputs, JSON.parse(readFileSync(prismaPackage, "utf8")).version]))
  .digest("hex");

if (!isCurrent()) {
  const schemas = providers.map((provider) => [provider, schemaFor(provider, inputs[0])]);
  rmSync(stampFile, { force: true });
  for (const [provider, schema] of schemas) generate(provider, schema);
  writeFileSync(`${stampFile}.new`, stamp);
  renameSync(`${stampFile}.new`, stampFile);
}

function isCurrent() {
  const complete = providers.every((provider) => existsSync(join(generatedDir, provider, "client/client.ts")));
  return complete && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

/** The models as one provider sees them, behind the generator and data source blocks. */
function schemaFor(provider, models) {
  const header = `// Written by generate.mjs from prisma/models.prisma. Do not edit.
generator client {
  provider            = "prisma-client"
  output              = "./client"
  runtime             = "nodejs"
  moduleFormat        = "esm"
  importFileExtension = "ts"
}

datasource db {
  provider     = "${provider}"
  relationMode = "prisma"
}

`;
  const lines = models.split("\n").flatMap((line) => {
    if (line.startsWith("//")) return [line];
    const only = /^(.*?)\s*\/\/@only ([\w ]+)$/.exec(line);
    if (only !== null) return only[2].split(" ").includes(provider) ? [only[1]] : [];
    const [plain, ...notes] = line.split(/\s*\/\/@/);
    const own = notes.filter((note) => note.startsWith(`${provider} `)).map((note) => note.slice(provider.length));
    return [plain + own.join("")];
  });
  return header + lines.join("\n");
}

function generate(provider, schema) {
  const dir = join(generatedDir, provider);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "schema.prisma"), schema);
  const result = spawnSync(process.execPath, [join(prismaPackage, "../build/index.js"), "generate", "--no-hints"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, GATELOG_PRISMA_PROVIDER: provider, PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  process.stderr.write(`The Prisma client for ${provider} could not be generated; see the lines above.\n`);
  process.exit(1);
}
