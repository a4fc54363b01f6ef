import { BlockList, isIP } from "node:net";
import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Tells addresses of networks. */
export const cidr = defineFilter({
  name: "cidr",
  description: "Adds a tag, or sets a field, where an address is in one of the networks.",
  schema: Type.Object({
    source: fieldOption("Field that holds an address, or a list of them, of which one is enough.", "record.clientIp"),
    networks: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      minItems: 1,
      maxItems: 1000,
      description: "Networks such as 10.0.0.0/8 and fd00::/8, and single addresses.",
    }),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "Tag that is added." })),
    target: Type.Optional(fieldOption("Field that is set.")),
    value: Type.Union([Type.String(), Type.Number(), Type.Boolean()], { default: true, description: "What the field target is set to." }),
  }),
  effects: ({ target }) => effectsOn(target === undefined ? ["tags"] : [target]),
  check: ({ source, networks, tag, target }) => [
    ...checkSource(source, ["source"]),
    ...networks.flatMap((network, index) =>
      parseNetwork(network) === undefined
        ? [{ path: ["networks", index], message: `"${network}" is no network: write 10.0.0.0/8, fd00::/8 or an address` }]
        : [],
    ),
    ...(target === undefined ? [] : checkTarget(target, ["target"])),
    ...(tag === undefined && target === undefined ? [{ path: [], message: "does nothing: add a tag, or a target with its value" }] : []),
  ],
  create: ({ source, networks, tag, target, value }) => {
    const from = pathOf(source);
    const to = target === undefined ? undefined : pathOf(target);
    const list = listOf(networks);
    return {
      apply: (event) => {
        const addresses = from.get(event);
        if (addresses === undefined || addresses === null || addresses === "") return;
        const all: readonly unknown[] = Array.isArray(addresses) ? addresses : [addresses];
        if (!all.some((address) => isIn(list, address, source))) return;
        if (tag !== undefined) event.addTag(tag);
        to?.set(event, value);
      },
    };
  },
});

function isIn(list: BlockList, address: unknown, source: string): boolean {
  const text = typeof address === "string" ? plainAddress(address) : "";
  const family = isIP(text);
  if (family === 0) throw new FilterFailure(`${source} is no IP address`);
  return list.check(text, family === 4 ? "ipv4" : "ipv6");
}

/** An IPv4 address within IPv6 is the IPv4 address. */
export function plainAddress(text: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text;
}

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

function parseNetwork(text: string): Network | undefined {
  const [address = "", bits, ...others] = text.split("/");
  const version = isIP(address);
  const bitsMax = version === 4 ? 32 : 128;
  if (version === 0 || others.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const count = bits === undefined ? bitsMax : Number(bits);
  return count > bitsMax || address.includes("%") ? undefined : { address, bits: count, family: version === 4 ? "ipv4" : "ipv6" };
}

const everyAddress = { ipv4: ["0.0.0.0", "255.255.255.255"], ipv6: ["::", `ffff${":ffff".repeat(7)}`] } as const;

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const parsed = parseNetwork(network);
    if (parsed === undefined) continue;
    const { address, bits, family } = parsed;
    // A network of no bits is every address; BlockList takes it for none.
    if (bits === 0) list.addRange(everyAddress[family][0], everyAddress[family][1], family);
    else list.addSubnet(address, bits, family);
  }
  return list;
}
