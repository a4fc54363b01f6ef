import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "@gatelog/testkit";

const seed = 20_181_011;
const writeBytesMin = 1 << 20;
const firstTimeMs = Date.UTC(2018, 9, 11, 18, 9, 2);

const customers = ["张三", "李四", "王小明", "欧阳娜娜", "Smith, John", "Ørsted A/S", 'the "other" one'];
const services = ["springboot-demo/hello", "orders", "erp/invoices", "crm/contacts", "wms/stock"];
const states = ["PAID", "NEW", "CANCELLED", "SHIPPED"];
const messages = ["成功", "success", "库存不足", "not found"];
const statuses = ["200", "200", "200", "200", "200", "201", "404", "500"];

/** Lines on disk that a tailer is to read. */
export interface FileSet {
  readonly directory: string;
  readonly names: readonly string[];
  readonly lines: number;
  readonly bytes: number;
}

/**
 * Makes lines in the article's format (`format: seed`), the same for the same seed.
 *
 * **Shape**: `{"status":"200","requestTime":"2018-10-11 18:09:02",…,"requestContent":"{\"sentAtMs\":1539281342000,…}","responseContent":"…"}`,
 * valid JSON, about 400 bytes of UTF-8.
 */
export function createLineGenerator(): () => string {
  const random = seededRandom(seed);
  let timeMs = firstTimeMs;
  return () => {
    timeMs += random.integer(0, 20);
    const orderNo = `SO${random.integer(10_000_000, 99_999_999)}${random.integer(1000, 9999)}`;
    const uri = `/${random.pick(services)}/${random.integer(1, 999_999)}?page=${random.integer(1, 40)}`;
    const request = { sentAtMs: timeMs, orderNo, customer: random.pick(customers), amount: random.integer(100, 999_999) / 100 };
    const response = { code: String(random.integer(0, 3)), message: random.pick(messages), state: random.pick(states) };
    return JSON.stringify({
      status: random.pick(statuses),
      requestTime: local(timeMs),
      responseTime: local(timeMs + random.integer(1, 3000)),
      requestURL: `http://47.96.238.21:9000${uri}`,
      method: uri,
      requestContent: JSON.stringify(request),
      responseContent: JSON.stringify(response),
    });
  };
}

/** Writes so many lines, one after the other, into so many files of equal length, below their final directory or anywhere else. */
export function writeFileSet(directory: string, options: { readonly files: number; readonly lines: number }): FileSet {
  mkdirSync(directory, { recursive: true });
  const generate = createLineGenerator();
  const names = Array.from({ length: options.files }, (_, index) => `part-${String(index + 1).padStart(5, "0")}.log`);
  const linesEach = Math.floor(options.lines / options.files);
  let bytes = 0;
  for (const name of names) bytes += writeLines(join(directory, name), linesEach, generate);
  return { directory, names, lines: linesEach * names.length, bytes };
}

/** Writes so many lines into a new file, and returns its bytes. */
export function writeLines(path: string, lines: number, generate: () => string): number {
  const file = openSync(path, "w");
  let text = "";
  let bytes = 0;
  for (let line = 1; line <= lines; line += 1) {
    text += `${generate()}\n`;
    if (text.length >= writeBytesMin || line === lines) {
      bytes += writeSync(file, text);
      text = "";
    }
  }
  closeSync(file);
  return bytes;
}

function local(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace("T", " ");
}
