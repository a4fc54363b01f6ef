const actionParameter = /;[ \t]*action[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;",]+))/i;

/**
 * The action that a SOAP call names: header SOAPAction (1.1), or the parameter `action` of Content-Type (1.2).
 *
 * **Shape**: `"urn:shop#placeOrder"` without its quotes; undefined where there is none or it is empty.
 */
export function soapAction(soapActionHeader: string | undefined, contentType: string | undefined): string | undefined {
  const plain = soapActionHeader
    ?.trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
  if (plain !== undefined && plain !== "") return plain;
  const [, quoted, token] = actionParameter.exec(contentType ?? "") ?? [];
  return quoted?.trim() || token || undefined;
}
