import { addTag } from "./add-tag.ts";
import { cidr } from "./cidr.ts";
import { convert } from "./convert.ts";
import { copy } from "./copy.ts";
import { date } from "./date.ts";
import { dissect } from "./dissect.ts";
import { drop } from "./drop.ts";
import { ecs } from "./ecs.ts";
import type { FilterDefinition } from "./filter.ts";
import { fingerprint } from "./fingerprint.ts";
import { geoip } from "./geoip.ts";
import { grok } from "./grok.ts";
import { gsub } from "./gsub.ts";
import { join } from "./join.ts";
import { json } from "./json.ts";
import { kv } from "./kv.ts";
import { mask } from "./mask.ts";
import { merge } from "./merge.ts";
import { parseRecord } from "./parse-record.ts";
import { remove } from "./remove.ts";
import { removeTag } from "./remove-tag.ts";
import { rename } from "./rename.ts";
import { sample } from "./sample.ts";
import { script } from "./script.ts";
import { set } from "./set.ts";
import { split } from "./split.ts";
import { lowercase, trim, uppercase } from "./text-filters.ts";
import { translate } from "./translate.ts";
import { urlParts } from "./url-parts.ts";
import { userAgent } from "./user-agent.ts";

/** All kinds of filters, by name. */
export const filterDefinitions: ReadonlyMap<string, FilterDefinition> = new Map(
  [
    addTag,
    cidr,
    convert,
    copy,
    date,
    dissect,
    drop,
    ecs,
    fingerprint,
    geoip,
    grok,
    gsub,
    join,
    json,
    kv,
    lowercase,
    mask,
    merge,
    parseRecord,
    remove,
    removeTag,
    rename,
    sample,
    script,
    set,
    split,
    translate,
    trim,
    uppercase,
    urlParts,
    userAgent,
  ].map((definition) => [definition.name, definition as FilterDefinition]),
);
