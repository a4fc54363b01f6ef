/** Longest values of the record's fields, in characters (UTF-16 units); longer ones are cut. */
export const charsMax = {
  bizCode: 256,
  bizMessage: 1024,
  bizKey: 128,
  operation: 256,
  label: 256,
  caller: 256,
  /** Of a value that `success` looks at. */
  success: 1024,
} as const;

/** What is read of a value before it is cut: one character more than the longest, so that the cut falls on a boundary. */
export const readCharsMax = 1025;

/** Most values of `bizKeys`, all selectors together. */
export const bizKeysMax = 16;
/** Most labels of a record, from the configuration and from the call together. */
export const labelsMax = 32;
/** Steps of one path. */
export const pathStepsMax = 16;
/** What is nested deeper in a body is passed over. */
export const depthMax = 64;
/** Beginning of a body that regular expressions are applied to. */
export const patternCharsMax = 16_384;
/** Matches of one regular expression that are looked at. */
export const patternMatchesMax = 64;
/** Longest path and regular expression in the configuration. */
export const sourceCharsMax = 512;
