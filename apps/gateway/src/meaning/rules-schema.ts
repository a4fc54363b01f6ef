import { exactlyOne } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";
import { bizKeysMax, charsMax, labelsMax, sourceCharsMax } from "./limits.ts";

const source = (description: string) => Type.String({ minLength: 1, maxLength: sourceCharsMax, description });
const word = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const yes = (description: string) => Type.Literal(true, { description });

const choices = {
  json: source("Path into a JSON body, e.g. $.data.items[*].no or $..orderNo."),
  xml: source("Path into an XML body by local names, e.g. /Envelope/Body/Fault/faultstring, //OrderNo or //Order/@no."),
  form: word("Field of a form body."),
  query: word("Parameter of the query."),
  header: word("Header of the request, or with `of: response` of the response."),
  pattern: source("Regular expression (RE2) over the first 16,384 characters of a body; its group 1 or the whole match counts."),
};

const sides = {
  of: Type.Optional(
    Type.Unsafe<"request" | "response">(Type.Enum(["request", "response"], { description: "Whose body or header is meant." })),
  ),
};

const selector = (description: string) => exactlyOne(choices, sides, { description });

const scalar = Type.Union([Type.String({ maxLength: 256 }), Type.Integer(), Type.Boolean()]);
const scalars = (description: string) => Type.Optional(Type.Array(scalar, { minItems: 1, maxItems: 256, description }));

const success = exactlyOne(
  { ...choices, soapFault: yes("A Fault in a SOAP response is a failure; needs nothing else.") },
  {
    ...sides,
    in: scalars("The values that mean success, compared as text."),
    notIn: scalars("The values that mean failure, compared as text."),
    matches: Type.Optional(source("Regular expression (RE2) that the value matches where the call succeeded.")),
    exists: Type.Optional(
      Type.Boolean({ description: "true: success is that there is something other than null; false: that there is nothing." }),
    ),
    whenAbsent: Type.Optional(
      Type.Unsafe<"status" | "failure">(
        Type.Enum(["status", "failure"], {
          description: "What counts where the whole body has no such value: the status (as without a rule), or it is a failure.",
        }),
      ),
    ),
  },
  { description: "When a call with a status below 400 is a success." },
);

/** Names of labels: no white space, quotes or backslashes. */
const labelName = "^[^\\s\"'\\\\]{1,64}$";

/** Labels with fixed values. */
export const labelsSchema = Type.Record(
  Type.String({ pattern: labelName }),
  Type.String({ maxLength: charsMax.label, description: "The label's value." }),
  {
    maxProperties: labelsMax,
    description: "Labels of every record.",
  },
);

/** What is read from a call beyond its status: the rules of a route, or of all routes of a file. */
export const rulesSchema = Type.Object(
  {
    success: Type.Optional(success),
    bizCode: Type.Optional(selector("The answer's own code.")),
    bizMessage: Type.Optional(selector("The answer's own message.")),
    bizKeys: Type.Optional(
      Type.Array(selector("A document number that people search by; of both bodies, the request's first, unless `of` says which."), {
        minItems: 1,
        maxItems: bizKeysMax,
        description: "Where document numbers are found.",
      }),
    ),
    operation: Type.Optional(
      exactlyOne({ ...choices, soap: yes("SOAPAction, else the name of the first element in Body.") }, sides, {
        description: "What the call does.",
      }),
    ),
    labels: Type.Optional(
      Type.Record(Type.String({ pattern: labelName }), selector("A label's value."), {
        maxProperties: labelsMax,
        description: "Labels that are read from the call.",
      }),
    ),
  },
  { description: "What is read from calls: whether they succeeded, their codes, messages and document numbers." },
);

/** Rules as configured. */
export type Rules = Static<typeof rulesSchema>;

/** Labels as configured. */
export type Labels = Static<typeof labelsSchema>;

/** One selector as configured: exactly one of the keys besides `of`. */
export interface Selector {
  readonly json?: string;
  readonly xml?: string;
  readonly form?: string;
  readonly query?: string;
  readonly header?: string;
  readonly pattern?: string;
  readonly soap?: true;
  readonly soapFault?: true;
  readonly of?: "request" | "response";
}

/** The rule for `success` as configured. */
export interface SuccessRule extends Selector {
  readonly in?: readonly (string | number | boolean)[];
  readonly notIn?: readonly (string | number | boolean)[];
  readonly matches?: string;
  readonly exists?: boolean;
  readonly whenAbsent?: "status" | "failure";
}
