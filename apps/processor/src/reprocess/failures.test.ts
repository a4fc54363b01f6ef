import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import { expect, it, onTestFinished } from "vitest";
import { Failures, type KeptFailure } from "./failures.ts";
import { CopiedDocument } from "./generation-writer.ts";

const refused = new DeliveryError("REFUSED", "it does not fit", { permanent: true });
const documentOf = (id: string) => new CopiedDocument("2026-11-23", { id, source: { message: id } });

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "failures-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

it("what an earlier start kept is tried again, each once, also what a kill left of a try", async () => {
  const path = join(directory(), "failed.ndjson");
  const first = new Failures(path);
  for (let index = 0; index < 150; index++) expect(await first.keep(documentOf(`id-${index}`), refused)).toBe(true);
  expect(await first.keep(documentOf("id-0"), refused)).toBe(false);
  await first.close();
  // Of a try that a kill ended, and a line that it left torn.
  const line = { id: "id-150", day: "2026-11-23", code: "", reason: "", document: {} };
  writeFileSync(`${path}.before`, `${JSON.stringify(line)}\n${JSON.stringify({ ...line, id: "id-1" })}\n`);
  writeFileSync(path, '{"id":"to', { flag: "a" });
  const second = new Failures(path);
  const tried: KeptFailure[] = [];
  await second.retryAll((some) => Promise.resolve(void tried.push(...some)));
  expect(tried.map(({ id }) => id).sort()).toEqual(Array.from({ length: 151 }, (_, index) => `id-${index}`).sort());
  expect(second.count).toBe(0);
  await second.retryAll(() => Promise.reject(new Error("nothing is left to try")));
});

it("what cannot be kept ends the run with the reason", async () => {
  const failures = new Failures(join(directory(), "missing", "failed.ndjson"));
  const kept = failures.keep(documentOf("a"), refused);
  await expect(kept).rejects.toThrow(/cannot be kept either: ENOENT/);
  await expect(kept).rejects.toBeInstanceOf(StartError);
});
