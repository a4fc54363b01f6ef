import { isIPv6 } from "node:net";
import { Reader, type Response } from "mmdb-lib";
import { BoundedCache } from "./bounded-cache.ts";
import { type AddressFindings, findingsOf } from "./geo-fields.ts";

const cacheEntriesMax = 8192;

/** Files of MaxMind's that say neither where an address is nor whose network it is in. */
const otherKinds = /Anonymous|Connection-Type|Domain/i;

/** Addresses that are looked up in a new file, all over the address space: what is broken shows before the file is used. */
const probes = Array.from({ length: 256 }, (_, first) => `${first}.1.1.1`);

/** A MaxMind file in memory. */
export class GeoipDatabase {
  readonly #reader: Reader<Response>;
  readonly #locale: string;
  readonly #known = new BoundedCache<AddressFindings | "unknown">(cacheEntriesMax);

  /** **Errors**: what is wrong with the file, as a sentence. */
  constructor(bytes: Buffer, locale: string) {
    this.#reader = openReader(bytes);
    this.#locale = locale;
    try {
      for (const address of probes) this.#read(address);
    } catch (error) {
      throw new Error("it is a broken MaxMind file: what it says of some addresses cannot be read", { cause: error });
    }
  }

  /** What the file says of an address; undefined where it does not know it. */
  find(address: string): AddressFindings | undefined {
    let found = this.#known.get(address);
    if (found === undefined) this.#known.set(address, (found = this.#read(address) ?? "unknown"));
    return found === "unknown" ? undefined : found;
  }

  #read(address: string): AddressFindings | undefined {
    // In a file of IPv4 alone the reader would take the first bits of an IPv6 address for one.
    if (this.#reader.metadata.ipVersion === 4 && isIPv6(address)) return undefined;
    const response = this.#reader.get(address);
    if (typeof response !== "object" || response === null) return undefined;
    const findings = findingsOf(response as Record<string, unknown>, this.#locale);
    return findings.geo === undefined && findings.as === undefined ? undefined : findings;
  }
}

function openReader(bytes: Buffer): Reader<Response> {
  const reader = parsed(bytes);
  if (reader === undefined) throw new Error("it is no MaxMind file (.mmdb), or not the whole of one");
  const { databaseType } = reader.metadata;
  if (otherKinds.test(databaseType))
    throw new Error(`it is a ${databaseType} file, which says nothing of places: a City, Country or ASN file is needed`);
  return reader;
}

function parsed(bytes: Buffer): Reader<Response> | undefined {
  try {
    const reader = new Reader<Response>(bytes);
    const { databaseType, ipVersion, searchTreeSize } = reader.metadata;
    const isWhole = typeof databaseType === "string" && (ipVersion === 4 || ipVersion === 6) && searchTreeSize < bytes.length;
    return isWhole ? reader : undefined;
  } catch {
    return undefined;
  }
}
