import { defineConfig } from "prisma/config";

// `prisma generate` looks for the schema engine and never runs it. A name of any file is enough, so that generating
// works without a download. Only for `generate`: other commands would run this "engine", do nothing and report success.
if (process.argv.includes("generate")) process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= process.execPath;

const provider = process.env["GATELOG_PRISMA_PROVIDER"] ?? "postgresql";
const url = process.env["DATABASE_URL"];

export default defineConfig({
  schema: `src/generated/${provider}/schema.prisma`,
  migrations: { path: `prisma/${provider}/migrations` },
  ...(url === undefined ? {} : { datasource: { url } }),
});
