import { Type, type Static, type TObject, type TProperties, type TSchemaOptions, type TString, type TUnsafe } from "typebox";

/** How a string is made absolute after loading; the value of the schema keyword `resolve`. */
export const resolveKinds = ["path", "fileUrl"] as const;
export type ResolveKind = (typeof resolveKinds)[number];

/** A path: relative ones are made absolute against the folder of the configuration file. Globs may be in it. */
export function Path(options: TSchemaOptions = {}): TString {
  return Type.String({ minLength: 1, expected: "a path", ...options, resolve: "path" });
}

/**
 * A database URL. `file:` URLs are relative to the configuration file, others stay as they are.
 *
 * **Shape**: `file:./data/gatelog.db` becomes `file:/srv/gatelog/data/gatelog.db`; `postgresql://…` is untouched.
 * Its value is never shown in an error, for it may hold a password.
 */
export function FileUrl(options: TSchemaOptions = {}): TString {
  const expected = "a database URL such as file:./data/x.db, postgresql://user:password@host/name or mysql://user:password@host/name";
  return Type.String({ pattern: "^[a-z][a-z0-9+.-]*:", expected, ...options, resolve: "fileUrl", secret: true });
}

/** A string that must never be printed. Best given by `GATELOG_<APP>_<KEY>_FILE`, which names a file that holds it. */
export function Secret(options: TSchemaOptions = {}): TString {
  return Type.String({ ...options, secret: true });
}

/** No further keys. */
type NoProperties = { readonly [key in never]: never };

/** The type of a value with the common properties and exactly one of the choices. */
export type ExactlyOne<Choices extends TProperties, Common extends TProperties> = {
  [K in keyof Choices & string]: Static<TObject<Pick<Choices, K> & Common>>;
}[keyof Choices & string];

/**
 * An object of which exactly one of the `choices` is given, beside `common` properties.
 *
 * **Shape**: `exactlyOne({ kafka: …, embedded: … }, { name: Type.String() })` accepts `{ kafka: {…}, name: "kerry" }`.
 */
export function exactlyOne<Choices extends TProperties, Common extends TProperties = NoProperties>(
  choices: Choices,
  common?: Common,
  options: TSchemaOptions = {},
): TUnsafe<ExactlyOne<Choices, Common>> {
  const optional = Object.fromEntries(Object.entries(choices).map(([key, schema]) => [key, Type.Optional(schema)]));
  const oneOf = Object.keys(choices).map((key) => ({ required: [key] }));
  return Type.Unsafe<ExactlyOne<Choices, Common>>(
    Type.Object({ ...optional, ...common }, { ...options, additionalProperties: false, oneOf }),
  );
}

/** Severities of the log, as pino names them. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Printable and without a space, as a header can hold it; long enough that nobody guesses it. */
const adminTokenPattern = "^[!-~]{16,512}$";

/**
 * The keys that every app has; spread them into the app's own `Type.Object({ … })`.
 *
 * @param options the app's default admin port (DESIGN: 9100 gateway … 9104 console)
 */
export function commonConfig(options: { adminPort: number }) {
  return {
    admin: Type.Object(
      {
        host: Type.String({
          default: "127.0.0.1",
          minLength: 1,
          description: "Address of the admin server (/healthz, /readyz, /metrics).",
        }),
        port: Type.Integer({
          default: options.adminPort,
          minimum: 0,
          maximum: 65_535,
          description: "Port of the admin server; 0 takes any free port.",
        }),
        token: Type.Optional(
          Secret({
            pattern: adminTokenPattern,
            expected: "16 to 512 letters, digits and signs without a space",
            description:
              "What `Authorization: Bearer` must hold for all but /healthz, /readyz and /metrics. Without it everybody who reaches the port may read, and changes are taken on a loopback host alone.",
          }),
        ),
      },
      { description: "Where health and metrics are served, without TLS: keep it on loopback or a private network." },
    ),
    shutdownDeadlineMs: Type.Integer({
      default: 25_000,
      minimum: 0,
      maximum: 3_600_000,
      unit: "ms",
      description: "How long a stop may take to drain, flush and checkpoint; after it the app exits 1.",
    }),
    logLevel: Type.Unsafe<(typeof logLevels)[number]>(
      Type.Enum([...logLevels], { default: "info", description: "Least severity that is logged (JSON lines on stdout)." }),
    ),
  };
}

/** The loaded value of `commonConfig`. */
export type CommonConfig = Static<TObject<ReturnType<typeof commonConfig>>>;
