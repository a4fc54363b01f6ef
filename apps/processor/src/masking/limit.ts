import { Type } from "typebox";

/** Text that is masked at most, unless the configuration says something else. */
export const charsMaxDefault = 4 * 1024 * 1024;

/** How much of an event is masked: masking takes up to two seconds for a million characters that are made to be slow. */
export const maskingLimit = {
  charsMax: Type.Integer({
    default: charsMaxDefault,
    minimum: 64 * 1024,
    maximum: 16 * 1024 * 1024,
    unit: "characters",
    description:
      "Longest line that is masked, and longest JSON of the fields around it. What is longer is omitted, tagged _maskomitted and counted: masking it could hold up all others.",
  }),
};

/** The tag of an event of which something was too long to be masked, or could not be. */
export const omittedTag = "_maskomitted";
