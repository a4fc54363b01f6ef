import { DeliveryError } from "@gatelog/pipeline";
import { transient } from "./classify.ts";

/** What there is of a day. */
export interface DayGenerations {
  /** `<index>-YYYY.MM.DD`: the name that readers and writers use. */
  readonly name: string;
  /** The index behind that name, or undefined where there is none. */
  readonly current: string | undefined;
  /** Whether the name is an alias, as it is from the second generation on. */
  readonly isAlias: boolean;
  /** All indices `<name>-g<N>`, whatever they are for. */
  readonly others: readonly string[];
  /** The number of the next generation: above all that are there, at least 2. */
  readonly next: number;
}

/** Indices and what they are called. */
export type FoundAliases = Readonly<Record<string, { readonly aliases?: Readonly<Record<string, unknown>> }>>;

/** Whether all nodes, and shards, have done it. */
export interface Acknowledgement {
  readonly acknowledged?: boolean;
  readonly shards_acknowledged?: boolean;
}

/** Who made a generation stands in its mapping. */
export interface Identity {
  /** Whether there is such an index. */
  readonly isThere: boolean;
  /** The run that made it; undefined where none did. */
  readonly run: string | undefined;
}

/** The indices that a name means, whatever they are. */
export function seenOf(name: string, found: FoundAliases): readonly string[] {
  return Object.keys(found).filter((index) => index === name || Object.hasOwn(found[index]?.aliases ?? {}, name));
}

/** What there is of a day's name. **Errors**: permanent where it means what cannot be built anew. */
export function dayGenerationsOf(name: string, found: FoundAliases): DayGenerations {
  const indices = Object.keys(found).filter((index) => found[index]?.aliases !== undefined);
  const behind = seenOf(name, found).filter((index) => index !== name);
  const numbers = new Map(indices.flatMap((index) => numberOf(index, name)));
  const isConcrete = indices.includes(name);
  refuseForeign(name, behind, numbers);
  return {
    name,
    current: isConcrete ? name : behind[0],
    isAlias: !isConcrete && behind.length > 0,
    others: [...numbers.keys()],
    next: Math.max(1, ...numbers.values()) + 1,
  };
}

/** Where the mapping of a generation names the run that made it. */
export const runField = "gatelog_run";

/** The number of a generation `<name>-g<N>`. */
function numberOf(index: string, name: string): readonly (readonly [string, number])[] {
  const [, number] = /^-g(\d+)$/.exec(index.startsWith(name) ? index.slice(name.length) : "") ?? [];
  return number === undefined ? [] : [[index, Number(number)]];
}

/** A shrunk index has sequence numbers twice, and what is restored cannot be written to: neither can be read in their order up to an end. */
function refuseForeign(name: string, behind: readonly string[], numbers: ReadonlyMap<string, number>): void {
  if (behind.length > 1) throw unusable(`${name} means several indices, ${behind.join(", ")}: let the alias mean one of them first`);
  const foreign = behind.find((index) => !numbers.has(index));
  if (foreign !== undefined)
    throw unusable(`${name} is an alias of ${foreign}, which neither is the day's index nor was built for it: leave that day out`);
}

/** Documents by their ids. */
export interface FoundDocuments {
  readonly docs?: readonly {
    readonly _id: string;
    readonly found?: boolean;
    readonly _source?: Readonly<Record<string, unknown>>;
    readonly error?: { readonly type?: string };
  }[];
}

/** Whether the documents were looked for in an index that is not there. */
export function isOfNoIndex({ docs = [] }: FoundDocuments): boolean {
  return docs.some(({ error }) => error?.type === "index_not_found_exception");
}

/** A document of a shard that does not answer is neither there nor missing. */
export function documentsOf(index: string, { docs = [] }: FoundDocuments): NonNullable<FoundDocuments["docs"]> {
  if (docs.every(({ error }) => error === undefined)) return docs;
  throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `not all shards of ${index} answered`);
}

/** False says that not all nodes, or shards, have done it yet. */
export function expectAcknowledged(what: string, { acknowledged, shards_acknowledged: areShards = true }: Acknowledgement): void {
  if (acknowledged !== true || !areShards) throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `${what} was not acknowledged by all`);
}

/** What no waiting mends. */
export function unusable(message: string): DeliveryError {
  return new DeliveryError("GATELOG_ELASTICSEARCH_GENERATION", message, { permanent: true });
}
