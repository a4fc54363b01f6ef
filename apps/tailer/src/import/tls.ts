import { nonEmpty } from "./input-lines.ts";
import type { Settings } from "./settings.ts";
import type { TargetTls } from "./target.ts";

const noEquivalent: Readonly<Record<string, string>> = {
  "ssl.cipher_suites": "has no equivalent: Node's own list of suites holds",
  "ssl.curve_types": "has no equivalent: Node's own list of curves holds",
  "ssl.renegotiation": "has no equivalent: the tailer never renegotiates",
  "ssl.ca_sha256": "has no equivalent: name the authority's certificate as tls.ca",
  "ssl.ca_trusted_fingerprint": "has no equivalent: name the authority's certificate as tls.ca",
  "ssl.exit_on_cert_change": "is not needed: the files are read again for every new connection",
  "ssl.restart_on_cert_change": "is not needed: the files are read again for every new connection",
};

const verifications: Readonly<Record<string, string>> = { full: "full", strict: "full", certificate: "certificate", none: "none" };

/** `ssl` of an output; `undefined` where the connection is not encrypted. */
export function convertTls(settings: Settings): TargetTls | undefined {
  const ssl = settings.under("ssl");
  if (!settings.has("ssl")) return undefined;
  if (ssl.boolean("enabled") === false) {
    settings.note("ssl", "is not enabled and was left out");
    return undefined;
  }
  for (const [key, message] of Object.entries(noEquivalent)) settings.note(key, message);
  const files = {
    ca: nonEmpty(ssl.strings("certificate_authorities")),
    cert: ssl.string("certificate"),
    key: ssl.string("key"),
  };
  tellInlined(ssl, files);
  if ((files.cert === undefined) !== (files.key === undefined)) {
    settings.error("ssl", "has a certificate without its key, or a key without its certificate: name both, or none");
    return { ca: files.ca };
  }
  return { ...files, passphrase: convertPassphrase(ssl), verification: convertVerification(ssl), minVersion: convertMinVersion(ssl) };
}

function tellInlined(ssl: Settings, { ca, cert, key }: Pick<TargetTls, "ca" | "cert" | "key">): void {
  const keys = { certificate_authorities: ca?.join("\n"), certificate: cert, key };
  for (const [name, value] of Object.entries(keys)) {
    if (value?.includes("-----BEGIN")) ssl.error(name, "holds the text of a certificate or key: write it to a file and name that file");
  }
}

function convertPassphrase(ssl: Settings): string | undefined {
  const passphrase = ssl.string("key_passphrase");
  if (passphrase === undefined || passphrase === "") return undefined;
  ssl.note("key_passphrase", "was taken over; better keep it in a file that GATELOG_TAILER_OUTPUT__LUMBERJACK__TLS__PASSPHRASE_FILE names");
  return passphrase;
}

function convertVerification(ssl: Settings): string | undefined {
  const mode = ssl.string("verification_mode");
  if (mode === undefined || mode === "") return undefined;
  const verification = verifications[mode.toLowerCase()];
  if (verification === undefined) ssl.note("verification_mode", `${mode} is not known: full was taken`);
  return verification === "full" ? undefined : verification;
}

function convertMinVersion(ssl: Settings): string | undefined {
  const protocols = ssl.strings("supported_protocols");
  if (protocols.length === 0) return undefined;
  if (protocols.every((protocol) => protocol.endsWith("1.3"))) return "TLSv1.3";
  if (protocols.some((protocol) => !/1\.[23]$/.test(protocol))) {
    ssl.note("supported_protocols", "has versions before TLS 1.2, which the tailer does not speak");
  }
  return "TLSv1.2";
}
