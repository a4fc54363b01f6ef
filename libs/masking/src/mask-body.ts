import { cutTail } from "./cut-tail.ts";
import { skipSpace } from "./json-tokens.ts";
import { Redactions } from "./redactions.ts";
import type { Rules } from "./rules.ts";
import { ScanContext } from "./scan-context.ts";
import { isForm, scanForm } from "./scan-form.ts";
import { scanJson, type Scanned } from "./scan-json.ts";
import { scanText } from "./scan-text.ts";
import { scanXml } from "./scan-xml.ts";

/** What the content type of a body claims; `unknown`: nothing that is known here. */
export type TextKind = "json" | "form" | "xml" | "text" | "unknown";

/** How the text of a body is to be read. */
export interface BodyForm {
  readonly kind: TextKind;
  /** The text is only the beginning of the body. */
  readonly isCut: boolean;
}

/** Where a text stands in a record. */
export interface TextPlace {
  readonly redactions: Redactions;
  readonly path: string;
}

const numbers = /^-?\d[\d\s.eE+-]*$/;
const word = /^(?:true|false|null)(?:\s|$)/;

/** How JSON begins; `[INFO] …` and `{name}` are text. */
const document = /^(?:"|\{\s*(?:["}]|$)|\[\s*(?:[[{"\]]|-?\d[\d.eE+-]{0,40}\s*[,\]]|true|false|null|$))/;
const documentStartChars = 1024;

/** Masks a body; undefined: it is omitted. */
export function maskBody(rules: Rules, text: string, form: BodyForm, place: TextPlace): string | undefined {
  if (text.trim() === "") return text;
  if (rules.strict) return maskStrictly(rules, text, form, place);
  if (!mustRead(rules, text, form)) return text;
  const context = new ScanContext(rules, place.redactions, { path: place.path, isCut: form.isCut }, maskAny);
  const scanned = scanAs(text, form.kind, context);
  if (scanned === undefined) return maskAny(text, context, "structure");
  return scanned.isWellFormed ? scanned.text : scanText(scanned.text, context);
}

/** By its structure where it has one; what is not well-formed also by patterns. */
export function maskAny(text: string, context: ScanContext, how: "structure" | "text"): string {
  const scanned = how === "text" ? undefined : scanStructure(text, context);
  if (scanned === undefined) return scanText(text, context);
  return scanned.isWellFormed ? scanned.text : scanText(scanned.text, context);
}

function scanStructure(text: string, context: ScanContext): Scanned | undefined {
  const start = contentStart(text);
  const first = text.charAt(start);
  if (first === "<") return scanXml(text, context);
  return '[{"'.includes(first) && document.test(text.slice(start, start + documentStartChars)) ? scanJson(text, context) : undefined;
}

/** False when a cheap look tells that there is nothing to mask. */
function mustRead(rules: Rules, text: string, { kind, isCut }: BodyForm): boolean {
  if (rules.readsAllDocuments || (kind === "form" && rules.readsAllForms) || rules.mayHold(text)) return true;
  // In XML, CDATA and comments may stand in the middle of a number.
  if (rules.readsAllForms && text.includes("<!")) return true;
  return isCut && (rules.readsAllForms || cutTail(text, rules.tokens) < text.length);
}

/** What is not what its type claims, or claims nothing, is omitted: nobody knows what is in it. */
function maskStrictly(rules: Rules, text: string, { kind, isCut }: BodyForm, place: TextPlace): string | undefined {
  if (kind === "unknown") return undefined;
  // What is omitted has nothing masked in it.
  const redactions = new Redactions();
  const context = new ScanContext(rules, redactions, { path: place.path, isCut }, maskAny);
  const scanned = kind === "text" ? undefined : (scanAs(text, kind, context) ?? { text: "", isWellFormed: false });
  if (scanned?.isWellFormed === false) return undefined;
  const masked = scanned?.text ?? maskAny(text, context, "structure");
  for (const path of redactions.list() ?? []) place.redactions.add(path);
  return masked;
}

/** undefined: the text does not even begin like what its type claims. */
function scanAs(text: string, kind: TextKind, context: ScanContext): Scanned | undefined {
  if (kind === "form" && isForm(text, context.isCut)) return { text: scanForm(text, context, context.rules.form), isWellFormed: true };
  if (kind === "xml" && text.charAt(contentStart(text)) === "<") return scanXml(text, context);
  return kind === "json" && beginsLikeJson(text.slice(contentStart(text))) ? scanJson(text, context) : undefined;
}

/** Numbers, `true`, `false` and `null` are documents as well; other words are text. */
function beginsLikeJson(text: string): boolean {
  return /^[[{"]/.test(text) || numbers.test(text) || word.test(text);
}

/** After white space and the byte order mark. */
function contentStart(text: string): number {
  return skipSpace(text, text.startsWith("\uFEFF") ? 1 : 0);
}
