import type { Findings } from "./findings.ts";
import { mayBeForm, scanForm, type FormTarget } from "./form-scanner.ts";
import { JsonScanner, type JsonTarget } from "./json-scanner.ts";
import { scanPattern, type PatternTarget } from "./pattern.ts";
import { XmlScanner, type XmlTarget } from "./xml-scanner.ts";

/** What is looked for in one body. */
export interface BodyTargets {
  readonly json: readonly JsonTarget[];
  readonly xml: readonly XmlTarget[];
  readonly form: readonly FormTarget[];
  readonly pattern: readonly PatternTarget[];
}

/** Looks for everything in a body: the text of the body, and whether it was cut. */
export type ReadBody = (text: string, isCut: boolean, findings: Findings) => void;

/** Looks for all targets of a form in one pass each; undefined where there is none. Not to be called from within itself. */
export function bodyReader({ json, xml, form, pattern }: BodyTargets): ReadBody | undefined {
  const jsonScanner = json.length > 0 ? new JsonScanner(json) : undefined;
  const xmlScanner = xml.length > 0 ? new XmlScanner(xml) : undefined;
  if (jsonScanner === undefined && xmlScanner === undefined && form.length + pattern.length === 0) return undefined;
  return (text, isCut, findings) => {
    // A text that is not JSON or not XML is left at its first character.
    jsonScanner?.scan(text, findings);
    xmlScanner?.scan(text, findings);
    if (form.length > 0 && mayBeForm(text)) scanForm(text, isCut, form, findings);
    for (const target of pattern) scanPattern(text, isCut, target, findings);
  };
}
