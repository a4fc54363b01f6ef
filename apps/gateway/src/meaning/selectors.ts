import { bodyReader, type BodyTargets } from "./body-reader.ts";
import type { CallView, Side } from "./call-view.ts";
import { Findings, type Slot } from "./findings.ts";
import { scanForm, type FormTarget } from "./form-scanner.ts";
import { parseJsonPath } from "./json-path.ts";
import { compilePattern } from "./pattern.ts";
import type { Selector } from "./rules-schema.ts";
import { soapAction } from "./soap.ts";
import { parseXmlPath } from "./xml-path.ts";

/** What becomes of what a selector finds. */
export type SlotOptions = Omit<Slot, "index">;

/** Reads what all selectors of a route find in one call. */
export interface ReadSelectors {
  readonly readsRequestBody: boolean;
  readonly readsResponseBody: boolean;
  read(view: CallView): Findings;
}

interface HeaderTarget {
  readonly name: string;
  readonly slot: Slot;
}

type Mutable<Targets> = { readonly [Kind in keyof Targets]: Targets[Kind] extends readonly (infer Target)[] ? Target[] : never };

const noTargets = (): Mutable<BodyTargets> => ({ json: [], xml: [], form: [], pattern: [] });

/** Collects the selectors of a route by where they look, so that each body is searched once for all of them. */
export class Selectors {
  readonly #bodies = { request: noTargets(), response: noTargets() };
  readonly #headers: Readonly<Record<Side, HeaderTarget[]>> = { request: [], response: [] };
  readonly #query: FormTarget[] = [];
  readonly #soapActions: Slot[] = [];
  #count = 0;

  /** Adds one selector; its findings are in the slot. */
  add(selector: Selector, side: Side, options: SlotOptions): Slot {
    const slot = { ...options, index: this.#count++ };
    const { json, xml, form, query, header, pattern, soap } = selector;
    const body = this.#bodies[side];
    if (json !== undefined) body.json.push({ path: parseJsonPath(json), slot });
    if (xml !== undefined) body.xml.push({ path: parseXmlPath(xml), slot });
    if (form !== undefined) body.form.push({ name: form, slot });
    if (pattern !== undefined) body.pattern.push({ pattern: compilePattern(pattern), slot });
    if (query !== undefined) this.#query.push({ name: query, slot });
    if (header !== undefined) this.#headers[selector.of ?? "request"].push({ name: header.toLowerCase(), slot });
    if (soap === true) this.#soapActions.push(slot);
    return slot;
  }

  compile(): ReadSelectors {
    const request = bodyReader(this.#bodies.request);
    const response = bodyReader(this.#bodies.response);
    return {
      readsRequestBody: request !== undefined,
      readsResponseBody: response !== undefined,
      read: (view) => {
        const findings = new Findings();
        this.#readHead(view, findings);
        if (request !== undefined && view.requestBody) request(view.requestBody, view.requestBodyIsCut, findings);
        if (response !== undefined && view.responseBody) response(view.responseBody, view.responseBodyIsCut, findings);
        return findings;
      },
    };
  }

  /** Everything but the bodies. */
  #readHead(view: CallView, findings: Findings): void {
    for (const { name, slot } of this.#headers.request) addTo(findings, slot, view.requestHeader(name));
    for (const { name, slot } of this.#headers.response) addTo(findings, slot, view.responseHeader(name));
    if (this.#query.length > 0 && view.query !== undefined) scanForm(view.query, false, this.#query, findings);
    for (const slot of this.#soapActions)
      addTo(findings, slot, soapAction(view.requestHeader("soapaction"), view.requestHeader("content-type")));
  }
}

function addTo(findings: Findings, slot: Slot, value: string | undefined): void {
  if (value !== undefined) findings.add(slot, value);
}
