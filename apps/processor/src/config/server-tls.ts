import { type ConfigProblem, Path, Secret } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

/** TLS of an input that listens. */
export const serverTls = Type.Object(
  {
    cert: Path({ description: "PEM file of our certificate, followed by the intermediate ones." }),
    key: Path({ description: "PEM file of its key." }),
    passphrase: Type.Optional(Secret({ minLength: 1, description: "Of the key, where it is encrypted." })),
    ca: Type.Optional(Type.Array(Path(), { minItems: 1, description: "PEM files of who issues the senders' certificates." })),
    clientAuthentication: Type.Unsafe<"none" | "optional" | "required">(
      Type.Enum(["none", "optional", "required"], {
        default: "none",
        description: "Whether senders show a certificate that ca vouches for; optional refuses only a wrong one.",
      }),
    ),
    clientNames: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        "Senders that are let in, by a name of their certificate (common name, host or e-mail address); by default all that ca vouches for.",
    }),
    minVersion: Type.Unsafe<"TLSv1.2" | "TLSv1.3">(
      Type.Enum(["TLSv1.2", "TLSv1.3"], { default: "TLSv1.2", description: "Oldest version of TLS that is spoken." }),
    ),
  },
  { description: "TLS. Changed files are used for the next connection." },
);

/** The loaded value of `serverTls`. */
export type ServerTls = Static<typeof serverTls>;

/** What the schema cannot say of TLS at a place of the configuration. */
export function serverTlsProblems(tls: ServerTls | undefined, path: ConfigProblem["path"]): ConfigProblem[] {
  if (tls === undefined) return [];
  const problems: ConfigProblem[] = [];
  if (tls.clientAuthentication !== "none" && tls.ca === undefined) {
    const message = `${tls.clientAuthentication} needs ca: name the file of the authority that issues the senders' certificates`;
    problems.push({ path: [...path, "clientAuthentication"], message });
  }
  if (tls.clientNames.length > 0 && tls.clientAuthentication !== "required") {
    const message = "needs clientAuthentication: required, or senders could come without a name";
    problems.push({ path: [...path, "clientNames"], message });
  }
  return problems;
}
