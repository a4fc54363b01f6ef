// Draws the pictures of the documentation from the page as it is now: npx tsx apps/console/web/screenshot.ts [folder]
// With --all it adds dark, narrow, empty and Chinese views, to look at while working on the page.
import { createServer } from "node:http";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { pageFrom } from "../src/page-files.ts";
import { startConsole } from "../src/testing/running-console.ts";
import { launchBrowser } from "./testing/browser.ts";
import { buildPage } from "./testing/built-page.ts";
import { showcaseRecords } from "./testing/showcase.ts";

const all = process.argv.includes("--all");
const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? join(import.meta.dirname, "../../../docs/images");

const stage = createServer((_request, response) => response.end('{"ready":true}'));
await new Promise<void>((resolve) => void stage.listen(0, "127.0.0.1", resolve));
const address = stage.address();
const admin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
const page = await buildPage();
const running = await startConsole({
  page: pageFrom(page.folder),
  stages: { gateway: admin, tailer: admin, processor: admin, dbSink: admin },
});
const browser = await launchBrowser();

interface Shot {
  readonly path?: string;
  readonly dark?: boolean;
  readonly width?: number;
  readonly locale?: string;
  readonly before?: (page: Page) => Promise<void>;
}

async function shoot(name: string, { path = "/", dark = false, width = 1440, locale = "en-US", before }: Shot = {}): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    locale,
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
  });
  const view = await context.newPage();
  await view.goto(running.url + path);
  await view.locator(".records, .empty, .record-view").first().waitFor();
  await before?.(view);
  await view.locator(".stage-ready").nth(4).waitFor();
  await view.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

try {
  if (all) await shoot("console-empty");
  const records = showcaseRecords(120);
  await running.store(records);
  await shoot("console");
  const order = records[1];
  const record = `/records/${order?.requestTime.slice(0, 10)}/${order?.id}`;
  const opened = (view: Page) => view.locator(".record-view").waitFor();
  await shoot("console-record", { path: record, before: opened });
  if (all) {
    const failed = records[5];
    await shoot("console-dark", { dark: true });
    await shoot("console-record-dark", { path: record, dark: true, before: opened });
    await shoot("console-record-error", { path: `/records/${failed?.requestTime.slice(0, 10)}/${failed?.id}`, before: opened });
    await shoot("console-search", { path: `/?q=${encodeURIComponent("龙井")}&range=1h` });
    await shoot("console-no-match", { path: "/?q=nothing-like-this" });
    await shoot("console-zh", { locale: "zh-CN" });
    await shoot("console-record-zh", { path: record, locale: "zh-CN", before: opened });
    await shoot("console-narrow", { width: 420 });
    await shoot("console-record-narrow", { path: record, width: 420, before: opened });
    await shoot("console-tablet-dark", { width: 900, dark: true });
  }
} finally {
  await browser.close();
  await running.stop();
  stage.close();
  await page.remove();
}
