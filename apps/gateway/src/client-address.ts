import { BlockList, isIP } from "node:net";

/** Addresses that one X-Forwarded-For is read for. */
const hopsMax = 64;

/** Peers that are remembered. */
const peersMax = 4096;

interface Peer {
  readonly address: string;
  readonly isTrusted: boolean;
}

/** What the client saw and who it is, as far as trusted proxies tell. */
export interface ClientAddress {
  readonly clientIp: string;
  readonly scheme: string;
  readonly host: string | undefined;
  /** True when the peer is a trusted proxy, so that its X-Forwarded headers are handed on. */
  readonly behindProxy: boolean;
}

/** The headers that are read, as node:http gives them. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Proxies whose X-Forwarded headers are believed. */
export class TrustedProxies {
  readonly #ranges = new BlockList();
  readonly #any: boolean;
  readonly #peers = new Map<string, Peer>();

  /** @param ranges addresses or networks in CIDR notation; each must pass isAddressRange */
  constructor(ranges: readonly string[]) {
    this.#any = ranges.length > 0;
    for (const range of ranges) {
      const [address = "", bits] = range.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.#ranges.addAddress(address, family);
      else this.#ranges.addSubnet(address, Number(bits), family);
    }
  }

  /** The client behind the peer: the last address of X-Forwarded-For that is no trusted proxy. */
  resolve(peer: string, headers: Headers, hostHeader: string | undefined): ClientAddress {
    const { address, isTrusted } = this.#peer(peer);
    if (!isTrusted) return { clientIp: address, scheme: "http", host: hostHeader, behindProxy: false };
    const scheme = lastOf(headers["x-forwarded-proto"]) === "https" ? "https" : "http";
    return {
      clientIp: this.#lastUntrusted(address, listOf(headers["x-forwarded-for"])),
      scheme,
      host: lastOf(headers["x-forwarded-host"]) ?? hostHeader,
      behindProxy: true,
    };
  }

  #peer(received: string): Peer {
    let peer = this.#peers.get(received);
    if (peer === undefined) {
      const address = plainAddress(received);
      peer = { address, isTrusted: this.#trusts(address) };
      if (this.#peers.size >= peersMax) this.#peers.clear();
      this.#peers.set(received, peer);
    }
    return peer;
  }

  #lastUntrusted(peer: string, forwardedFor: readonly string[]): string {
    let client = peer;
    for (const hop of forwardedFor.slice(-hopsMax).reverse()) {
      const address = plainAddress(hop);
      if (isIP(address) === 0) return client;
      client = address;
      if (!this.#trusts(address)) return client;
    }
    return client;
  }

  #trusts(address: string): boolean {
    if (!this.#any) return false;
    const version = isIP(address);
    return version !== 0 && this.#ranges.check(address, version === 6 ? "ipv6" : "ipv4");
  }
}

/** True for `10.1.2.3`, `10.0.0.0/8`, `::1`, `fd00::/8`. */
export function isAddressRange(range: string): boolean {
  const [address = "", bits, ...rest] = range.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32));
}

/** `::ffff:10.0.0.1` is 10.0.0.1; `[::1]:80` and `10.0.0.1:80` lose their ports. */
function plainAddress(address: string): string {
  const text = address.trim();
  if (text.startsWith("::ffff:") && isIP(text.slice(7)) === 4) return text.slice(7);
  if (isIP(text) !== 0) return text;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  return bracketed ?? text.replace(/:\d+$/, "");
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1) || undefined;
}
