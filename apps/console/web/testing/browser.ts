import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Chromium as installed by the machine; `GATELOG_CHROMIUM` names another one. */
export const chromiumPath = process.env["GATELOG_CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether page tests can run. With `CI` set they must: a missing browser is then a failure, not a skip. */
export function hasBrowser(): boolean {
  if (existsSync(chromiumPath) || process.env["CI"] !== undefined) return true;
  console.warn(`page tests are SKIPPED: there is no browser at ${chromiumPath}; install Debian's chromium or set GATELOG_CHROMIUM`);
  return false;
}

/** A headless Chromium that talks to nobody but the page. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
