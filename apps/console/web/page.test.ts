import { waitFor } from "@gatelog/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pageFrom } from "../src/page-files.ts";
import { startConsole, type RunningConsole } from "../src/testing/running-console.ts";
import { sampleRecord } from "../src/testing/sample-records.ts";
import { hasBrowser, launchBrowser } from "./testing/browser.ts";
import { buildPage } from "./testing/built-page.ts";

const title = "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》";
const refreshDeadlineMs = 6000;

describe.runIf(hasBrowser())("the page in a real browser", () => {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let browser: Browser;
  let running: RunningConsole;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await built?.remove();
  });
  beforeEach(async () => {
    running = await startConsole({ page: pageFrom(built.folder) });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", timezoneId: "Asia/Shanghai" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // An answer that is not 2xx is no complaint: that the page shows it is what tests look at.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isAnswer) complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(running.url) && !request.url().startsWith("data:")) complaints.push(`asked ${request.url()}`);
    });
  });
  afterEach(async () => {
    await page.context().close();
    await running.stop();
    // Neither an error nor a refused script nor a request to anybody else.
    expect(complaints).toEqual([]);
  });

  const rows = () => page.locator(".records tbody tr");
  const open = (path = "/") => page.goto(running.url + path);

  test("an empty console says what to type, and the first call appears by itself", async () => {
    await open();
    await page.getByRole("heading", { name: "No records yet" }).waitFor();
    expect(await page.locator(".code-block pre").textContent()).toContain("http://127.0.0.1:9000/springboot-demo/hello");
    await running.store([sampleRecord({ requestContent: JSON.stringify({ title }) })]);
    await rows().first().waitFor({ timeout: refreshDeadlineMs });
    expect(await page.locator(".list-summary").textContent()).toBe("1 record");
    expect(await rows().first().textContent()).toContain("/springboot-demo/hello");
  });

  test("the newest record appears on top", async () => {
    await running.store([sampleRecord({ path: "/old", agoMs: 60_000 })]);
    await open();
    await rows().first().waitFor();
    await running.store([sampleRecord({ path: "/brand-new" })]);
    await page.getByRole("link", { name: "/brand-new" }).waitFor({ timeout: refreshDeadlineMs });
    expect(await rows().first().textContent()).toContain("/brand-new");
    expect(await rows().count()).toBe(2);
  });

  test("with live off nothing moves; with live on again it catches up", async () => {
    await running.store([sampleRecord({ path: "/old", agoMs: 60_000 })]);
    await open();
    await rows().first().waitFor();
    await page.getByRole("switch", { name: "Live" }).click({ force: true });
    let asked = 0;
    page.on("request", (request) => (asked += Number(request.url().includes("/api/records"))));
    await running.store([sampleRecord({ path: "/unseen" })]);
    const stages = page.waitForRequest((request) => request.url().endsWith("/api/stages"));
    await stages;
    expect([asked, await rows().count()]).toEqual([0, 1]);
    await page.getByRole("switch", { name: "Live" }).click({ force: true });
    await page.getByRole("link", { name: "/unseen" }).waitFor({ timeout: refreshDeadlineMs });
  });

  test("one who reads further down keeps the place; the new ones wait behind a button", async () => {
    await running.store(Array.from({ length: 60 }, (_, index) => sampleRecord({ path: `/r/${index}`, agoMs: 1000 * (index + 1) })));
    await open();
    await rows().first().waitFor();
    const scroller = page.locator(".list-scroller");
    await scroller.evaluate((element) => element.scrollTo({ top: 600 }));
    const before = await rows().nth(20).boundingBox();
    await running.store([sampleRecord({ path: "/fresh/1" }), sampleRecord({ path: "/fresh/2" })]);
    const button = page.getByRole("button", { name: "2 new records" });
    await button.waitFor({ timeout: refreshDeadlineMs });
    expect(await rows().nth(20).boundingBox()).toEqual(before);
    await button.click();
    await page.getByRole("link", { name: "/fresh/2" }).waitFor();
    expect(await rows().count()).toBe(52);
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test("older records are loaded to the end", async () => {
    await running.store(Array.from({ length: 120 }, (_, index) => sampleRecord({ path: `/r/${index}`, agoMs: 1000 * (index + 1) })));
    await open();
    await rows().nth(49).waitFor();
    await page.getByRole("button", { name: "Load older records" }).click();
    await rows().nth(99).waitFor();
    await page.getByRole("button", { name: "Load older records" }).click();
    await rows().nth(119).waitFor();
    await page.getByText("That is all").waitFor();
    expect(await rows().last().textContent()).toContain("/r/119");
  });

  test("text and status narrow the list, stand in the address, and come back with it", async () => {
    await running.store([
      sampleRecord({ path: "/a", requestContent: JSON.stringify({ title }) }),
      sampleRecord({ path: "/b", status: 503, agoMs: 1000 }),
      sampleRecord({ path: "/c", status: 500, agoMs: 2000 }),
      sampleRecord({ path: "/d", status: 404, agoMs: 3000 }),
    ]);
    await open();
    await rows().nth(3).waitFor();
    await page.getByRole("searchbox", { name: "Search" }).fill("网关层");
    await waitFor(async () => (await rows().count()) === 1, { what: "one row" });
    expect(await page.locator(".excerpt mark").textContent()).toBe("网关层");
    expect(new URL(page.url()).searchParams.get("q")).toBe("网关层");
    await page.reload();
    await waitFor(async () => (await rows().count()) === 1, { what: "one row after the reload" });

    await page.getByRole("button", { name: "Clear filters" }).click();
    await rows().nth(3).waitFor();
    await page.getByRole("combobox", { name: "Status" }).click();
    await page.getByRole("option", { name: "5xx server error" }).click();
    await waitFor(async () => (await rows().count()) === 2, { what: "two rows" });
    await page.getByRole("combobox", { name: "Status" }).fill("404");
    await waitFor(async () => (await page.locator(".status").allTextContents()).join() === "404", { what: "the 404" });

    await page.getByRole("combobox", { name: "Status" }).fill("9");
    await page.getByRole("alert").getByText("status must be a code such as 500").waitFor();
    await page.getByRole("combobox", { name: "Status" }).fill("302");
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  });

  test("a record opens with request and response side by side, every character intact, and its address opens it again", async () => {
    const body = JSON.stringify({ title, number: 0, list: ["𠮷", 'it\'s "quoted" \\ '] }).replace(":0,", ":12345678901234567890,");
    const record = sampleRecord({ requestContent: body, responseContent: "Hello!Spring boot!", query: "name=%E7%8E%8B" });
    await running.store([record]);
    await open();
    await page.getByRole("link", { name: "/springboot-demo/hello" }).click();
    const request = page.getByRole("region", { name: "Request" });
    const response = page.getByRole("region", { name: "Response" });
    await request.waitFor();
    expect(await request.locator("pre").textContent()).toContain(`"title": "${title}"`);
    expect(await request.locator("pre").textContent()).toContain("12345678901234567890");
    await request.getByText("Raw", { exact: true }).click();
    expect(await request.locator("pre").textContent()).toBe(body);
    expect(await response.locator("pre").textContent()).toBe("Hello!Spring boot!");
    expect(await response.locator("tr", { hasText: "vary" }).count()).toBe(2);
    const [left, right] = [await request.boundingBox(), await response.boundingBox()];
    expect(left?.y).toBe(right?.y);
    expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThanOrEqual(right?.x ?? 0);

    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`--data-raw '${body.replaceAll("'", String.raw`'\''`)}'`);

    expect(new URL(page.url()).pathname).toBe(`/records/${record.requestTime.slice(0, 10)}/${record.id}`);
    await page.reload();
    await request.waitFor();
    expect(await page.title()).toBe("200 POST /springboot-demo/hello · gatelog");
    await page.keyboard.press("Escape");
    await waitFor(() => new URL(page.url()).pathname === "/", { what: "the list's address" });
    await request.waitFor({ state: "detached" });
  });

  test("keys lead through the records, and back leads to the list as it was", async () => {
    await running.store([0, 1, 2].map((index) => sampleRecord({ path: `/r/${index}`, agoMs: index * 1000 })));
    await open("/?path=%2Fr%2F1");
    await waitFor(async () => (await rows().count()) === 1, { what: "one row" });
    await page.getByRole("button", { name: "Clear filters" }).click();
    await rows().nth(2).waitFor();
    await page.getByRole("link", { name: "/r/0" }).focus();
    await page.keyboard.press("Enter");
    const path = page.locator(".record-path");
    await path.getByText("/r/0").waitFor();
    await page.keyboard.press("j");
    await path.getByText("/r/1").waitFor();
    await page.keyboard.press("j");
    await path.getByText("/r/2").waitFor();
    await page.keyboard.press("k");
    await path.getByText("/r/1").waitFor();
    await page.goBack();
    await path.waitFor({ state: "detached" });
    await page.goBack();
    await waitFor(() => new URL(page.url()).search === "?path=%2Fr%2F1", { what: "the first search" });
  });

  test("what stands in a record is text, whatever it is", async () => {
    const evil = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload="window.pwned=1">`;
    const record = sampleRecord({
      path: `/${encodeURIComponent(evil)}`,
      url: "javascript:window.pwned=1",
      query: `q=${encodeURIComponent(evil)}`,
      project: evil,
      route: evil,
      user: evil,
      userAgent: evil,
      method: evil,
      requestContent: JSON.stringify({ [evil]: evil }),
      responseContent: `<html><body>${evil}</body></html>`,
      requestHeaders: { [evil]: evil, "content-type": evil },
      error: { code: evil, message: evil },
      labels: { [evil]: evil },
      redacted: [evil],
    });
    await running.store([record]);
    await running.storeLines([`not json ${evil}`]);
    await open(`/?q=${encodeURIComponent("onerror")}`);
    await rows().nth(1).waitFor();
    await open(`/records/${record.requestTime.slice(0, 10)}/${record.id}`);
    await page.getByRole("region", { name: "Response" }).waitFor();
    expect(await page.getByRole("region", { name: "Response" }).locator("pre").textContent()).toBe(`<html><body>${evil}</body></html>`);
    expect(await page.evaluate(() => "pwned" in globalThis)).toBe(false);
    expect(await page.locator("#root img, #root script, .record-view img, .record-view script").count()).toBe(0);
  });

  test("a line that was no record shows its raw line", async () => {
    await running.storeLines(["half a line {"]);
    await open();
    await rows().first().click();
    await page.getByText("Raw line").click();
    expect(await page.locator(".raw-line").textContent()).toBe("half a line {");
  });

  test("a record that is not there says so", async () => {
    await open("/records/2026-01-01/0199f3a2-0000-7000-8000-000000000000");
    await page.getByRole("heading", { name: "No such record" }).waitFor();
  });

  test("without a database the page says so, and fills itself when it comes", async () => {
    await running.stop();
    running = await startConsole({ page: pageFrom(built.folder), withoutDatabase: true });
    await open();
    await page.getByRole("alert").getByText("no database file").waitFor();
    await running.migrate();
    await running.store([sampleRecord()]);
    await rows()
      .first()
      .waitFor({ timeout: 2 * refreshDeadlineMs });
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  test("a search is saved and found again", async () => {
    await running.store([sampleRecord({ path: "/ok" }), sampleRecord({ path: "/bad", status: 500, agoMs: 1000 })]);
    await open("/?status=5xx");
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("textbox", { name: "Name of the search" }).fill("失败 failures");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("menuitem", { name: "失败 failures" }).waitFor();
    await open("/");
    await rows().nth(1).waitFor();
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("menuitem", { name: "失败 failures" }).click();
    await waitFor(async () => (await rows().count()) === 1, { what: "one row" });
    expect(new URL(page.url()).search).toBe("?status=5xx");
  });

  test("React has nothing to complain about, however one uses the page", async () => {
    const strict = await buildPage("development");
    await running.stop();
    running = await startConsole({ page: pageFrom(strict.folder) });
    await running.store([
      sampleRecord({ path: "/a", requestContent: "{}", redacted: ["x"], success: false }),
      sampleRecord({ path: "/b", agoMs: 9 }),
    ]);
    await open("/?range=1h");
    await rows().nth(1).waitFor();
    await page.getByRole("textbox", { name: "Path" }).fill("/a");
    await waitFor(async () => (await rows().count()) === 1, { what: "one row" });
    await rows().first().click();
    await page.getByRole("region", { name: "Request" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Request" }).waitFor({ state: "detached" });
    await page.getByRole("combobox", { name: "Time" }).click();
    await page.getByRole("option", { name: "Custom range" }).click();
    await page.getByLabel("From").fill("2026-01-01T00:00");
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("button", { name: "中文" }).click();
    await strict.remove();
  });

  test("the page speaks Chinese, and remembers it", async () => {
    await open();
    await page.getByRole("heading", { name: "No records yet" }).waitFor();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("heading", { name: "还没有记录" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "还没有记录" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  });
});
