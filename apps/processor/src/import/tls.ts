import type { Options } from "./options.ts";

/** TLS of a connection to somebody else's server, as processor.yaml has it. */
export type ClientTls = Readonly<Record<string, unknown>>;

const stores = ["keystore", "truststore", "ssl_keystore_path", "ssl_truststore_path", "ssl_keystore_location", "ssl_truststore_location"];
const storeDetails = [
  "keystore_password",
  "truststore_password",
  "ssl_keystore_password",
  "ssl_truststore_password",
  "ssl_keystore_type",
  "ssl_truststore_type",
  "ssl_key_password",
];

/** What says nothing where an input speaks no TLS. */
const serverDetails = [
  "ssl_key",
  "ssl_key_passphrase",
  "ssl_certificate",
  "ssl_certificate_authorities",
  "ssl_client_authentication",
  "ssl_verify_mode",
  "ssl_supported_protocols",
  "tls_min_version",
];

const verifications: Readonly<Record<string, string>> = { full: "full", strict: "full", certificate: "certificate", none: "none" };

/** `ssl_*` of an output; undefined where nothing is said of it. */
export function convertClientTls(options: Options): ClientTls | undefined {
  tellStores(options);
  const tls = {
    ca: nonEmpty(options.texts(options.first("ssl_certificate_authorities", "cacert"))),
    cert: options.text(options.first("ssl_certificate", "client_cert")),
    key: options.text(options.first("ssl_key", "client_key")),
    verification: verificationOf(options),
    minVersion: minVersionOf(options),
  };
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    options.errorAll("has a certificate without its key, or a key without its certificate: name both as tls.cert and tls.key");
    return { ...tls, cert: undefined, key: undefined };
  }
  return Object.values(tls).every((value) => value === undefined) ? undefined : tls;
}

/** `ssl_*` of an input that listens. */
export function convertServerTls(options: Options): Readonly<Record<string, unknown>> | undefined {
  const enabled = options.boolean(options.first("ssl_enabled", "ssl")) ?? options.has("ssl_certificate");
  tellStores(options);
  const cert = options.text("ssl_certificate");
  const key = options.text("ssl_key");
  const passphrase = options.text("ssl_key_passphrase");
  const ca = nonEmpty(options.texts("ssl_certificate_authorities"));
  const clientAuthentication = clientAuthenticationOf(options);
  const minVersion = minVersionOf(options);
  if (!enabled) {
    for (const name of serverDetails) options.note(name, "is without effect: TLS is off");
    return undefined;
  }
  if (cert === undefined || key === undefined) {
    options.errorAll("speaks TLS: name its certificate and key in PEM as tls.cert and tls.key");
    return undefined;
  }
  if (clientAuthentication !== undefined && ca === undefined) {
    options.errorAll("wants certificates of its senders: name the file of the authority that issues them as tls.ca");
    return { cert, key, passphrase, minVersion };
  }
  return { cert, key, passphrase, ca, clientAuthentication, minVersion };
}

function clientAuthenticationOf(options: Options): "optional" | "required" | undefined {
  const mode = options.text(options.first("ssl_client_authentication", "ssl_verify_mode"))?.toLowerCase();
  if (mode === "required" || mode === "force_peer") return "required";
  return mode === "optional" || mode === "peer" ? "optional" : undefined;
}

function verificationOf(options: Options): string | undefined {
  const mode = options.text("ssl_verification_mode")?.toLowerCase();
  const verification = mode === undefined ? undefined : verifications[mode];
  if (mode !== undefined && verification === undefined) options.note("ssl_verification_mode", `${mode} is not known: full was taken`);
  if (verification !== undefined) return verification === "full" ? undefined : verification;
  if (options.boolean("ssl_certificate_verification") === false) return "none";
  return options.text("ssl_endpoint_identification_algorithm") === "" ? "certificate" : undefined;
}

function minVersionOf(options: Options): string | undefined {
  const versions = options.texts(options.first("ssl_supported_protocols", "tls_min_version"));
  if (versions.length === 0) return undefined;
  if (versions.some((version) => /^(?:tlsv?|sslv?)?(?:1|1\.0|1\.1|2|3)$/i.test(version)))
    options.note(options.first("ssl_supported_protocols", "tls_min_version"), "names versions that are not there: TLS begins with 1.2");
  return versions.every((version) => version.endsWith("1.3")) ? "TLSv1.3" : undefined;
}

function tellStores(options: Options): void {
  for (const name of stores)
    options.error(name, "is a store of Java's: export it as PEM (openssl pkcs12 -in … -out …) and name that under tls");
  for (const name of storeDetails) options.note(name, "belongs to a store of Java's and was left out");
}

function nonEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
