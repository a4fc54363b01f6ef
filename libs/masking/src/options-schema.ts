import { Type, type Static } from "typebox";
import { hashKeyCharsMin } from "./check.ts";
import { maskingModes, maskingProfiles, type MaskingMode, type MaskingProfile } from "./options.ts";

const rulesMax = 200;
const namesMax = 1000;

const nameList = (description: string, itemsMin = 0) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: itemsMin, maxItems: namesMax, description });
const names = (description: string) => Type.Optional(nameList(description, 1));
const paths = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: 100, description }));

const mode = (description: string) => Type.Enum([...maskingModes], { description });

const rule = Type.Object(
  {
    headers: names("Headers of requests and responses."),
    query: names("Query parameters, fragments included."),
    form: names("Form fields."),
    keys: names("Names at any depth: JSON keys, form fields, query parameters, XML elements and attributes."),
    json: paths("JSON paths: names, [n], [*], .., such as $.user.cards[*].no; they begin at the body."),
    xml: paths("XML paths of names without prefixes, such as //Card/@no; they begin at the body."),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: "Path of a URL: segments named :x are masked, * is any segment, /** at the end any rest.",
      }),
    ),
    pattern: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: "Regular expression in RE2 syntax; group 1, if there is one, is what is masked. Looked for in all text.",
      }),
    ),
    flags: Type.Optional(Type.String({ maxLength: 3, description: "Flags of the pattern: i, m, s." })),
    mode: Type.Optional(Type.Unsafe<MaskingMode>(mode("How what the rule names is replaced; masking.mode where it is left out."))),
  },
  { additionalProperties: false, description: "Exactly one target (headers, query, form, keys, json, xml, path or pattern), and a mode." },
);

const detector = (what: string) => Type.Optional(Type.Boolean({ description: `${what}; where left out, as the profile says.` }));

const detectors = Type.Object(
  {
    phone: detector("Chinese mobile telephone numbers"),
    idCard: detector("Chinese identity card numbers, of 18 digits with their checksum and of 15"),
    bankCard: detector("Bank card numbers with their checksum"),
    email: detector("E-mail addresses"),
    jwt: detector("JSON Web Tokens"),
  },
  { default: {}, additionalProperties: false, description: "What is found by its own form, in any text." },
);

/** The options of a masker as keys of a configuration; a part of an object schema. */
export const maskingProperties = {
  profile: Type.Unsafe<MaskingProfile>(
    Type.Enum([...maskingProfiles], {
      default: "default",
      description: "default: secrets. cn-pipl: personal data as well. strict: cn-pipl with strict: true.",
    }),
  ),
  strict: Type.Optional(
    Type.Boolean({
      description: "true: a body that is not what its type claims, or has no known type, is omitted. Profile strict where it is left out.",
    }),
  ),
  mode: Type.Unsafe<MaskingMode>(
    Type.Enum([...maskingModes], {
      default: "fixed",
      description: "fixed: ***. remove: taken out. last4: ***1234 from 8 characters on. hash: hmac: and 16 hexadecimal digits.",
    }),
  ),
  hashKey: Type.Optional(
    // `secret`: its value is never printed.
    Type.String({ minLength: hashKeyCharsMin, maxLength: 1024, secret: true, description: "Key of mode hash." }),
  ),
  headers: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
    default: [],
    maxItems: namesMax,
    description: "Further header names whose values are masked.",
  }),
  keys: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
    default: [],
    maxItems: namesMax,
    description: "Further names of parameters, JSON keys, form fields and XML elements whose values are masked.",
  }),
  rules: Type.Array(rule, { default: [], maxItems: rulesMax, description: "Further rules; the first one that fits decides." }),
  detectors,
};

/** Configuration of masking. */
export const maskingSchema = Type.Object(maskingProperties, { description: "What never reaches the disk." });

/** The loaded configuration of masking. */
export type MaskingConfig = Static<typeof maskingSchema>;
