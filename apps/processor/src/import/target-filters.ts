import type { Entry } from "./target.ts";

/** The filters of processor.yaml that an import writes, with their options: the only place that knows these. */
export const targetFilters = {
  grok: (options: Entry): Entry => ({ grok: options }),
  dissect: (options: { source: string; pattern: string }): Entry => ({ dissect: options }),
  json: (options: {
    source: string;
    target?: string | undefined;
    overwriteMessage?: true | undefined;
    skipInvalid?: true | undefined;
  }): Entry => ({
    json: options,
  }),
  kv: (options: Entry): Entry => ({ kv: options }),
  date: (options: Entry): Entry => ({ date: options }),
  rename: (fields: Entry): Entry => ({ rename: { fields } }),
  set: (fields: Entry): Entry => ({ set: { fields } }),
  setMissing: (fields: Entry): Entry => ({ set: { fields, onlyIfMissing: true } }),
  remove: (fields: readonly string[]): Entry => ({ remove: { fields } }),
  convert: (fields: Entry): Entry => ({ convert: { fields } }),
  lowercase: (fields: readonly string[]): Entry => ({ lowercase: { fields } }),
  uppercase: (fields: readonly string[]): Entry => ({ uppercase: { fields } }),
  trim: (fields: readonly string[]): Entry => ({ trim: { fields } }),
  split: (field: string, separator: string): Entry => ({ split: { fields: { [field]: separator } } }),
  join: (field: string, separator: string): Entry => ({ join: { fields: { [field]: separator } } }),
  copy: (fields: Entry): Entry => ({ copy: { fields } }),
  merge: (fields: Entry): Entry => ({ merge: { fields } }),
  gsub: (field: string, pattern: string, replacement: string): Entry => ({ gsub: { field, pattern, replacement } }),
  addTag: (tags: readonly string[]): Entry => ({ addTag: { tags } }),
  removeTag: (tags: readonly string[]): Entry => ({ removeTag: { tags } }),
  drop: (): Entry => ({ drop: {} }),
  sample: (share: number): Entry => ({ sample: { share } }),
  userAgent: (options: Entry): Entry => ({ userAgent: options }),
  geoip: (options: Entry): Entry => ({ geoip: options }),
  cidr: (options: Entry): Entry => ({ cidr: options }),
  translate: (options: Entry): Entry => ({ translate: options }),
  fingerprint: (options: Entry): Entry => ({ fingerprint: options }),
};
