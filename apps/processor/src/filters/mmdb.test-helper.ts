import { isIP } from "node:net";

/** What a file says of networks, by `address/bits`. */
export type MmdbNetworks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A branch of the tree: another one, the place of data in the data section, or nothing. */
type Branch = Node | number | undefined;
type Node = [left: Branch, right: Branch];

const separator = Buffer.alloc(16);
const metadataMarker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

/** A MaxMind file (version 2.0, IPv6 with IPv4 in ::/96, 24 bits a record). Numbers in the data are doubles where they have a fraction, else uint32. */
export function writeMmdb(databaseType: string, networks: MmdbNetworks): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    insert(root, bitsOf(network), size);
    const encoded = encode(value);
    data.push(encoded);
    size += encoded.length;
  }
  const nodes = numbered(root);
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: databaseType,
    description: { en: "made for a test" },
    ip_version: 6,
    languages: ["en"],
    node_count: nodes.size,
    record_size: 24,
  });
  return Buffer.concat([treeOf(nodes), separator, ...data, metadataMarker, metadata]);
}

function treeOf(nodes: ReadonlyMap<Node, number>): Buffer {
  const tree = Buffer.alloc(nodes.size * 6);
  for (const [node, index] of nodes) {
    for (const side of [0, 1] as const) tree.writeUIntBE(recordOf(node[side], nodes), index * 6 + side * 3, 3);
  }
  return tree;
}

function recordOf(branch: Branch, nodes: ReadonlyMap<Node, number>): number {
  if (branch === undefined) return nodes.size;
  return typeof branch === "number" ? nodes.size + separator.length + branch : nodes.get(branch)!;
}

function numbered(node: Node, nodes = new Map<Node, number>()): ReadonlyMap<Node, number> {
  nodes.set(node, nodes.size);
  for (const branch of node) if (typeof branch === "object") numbered(branch, nodes);
  return nodes;
}

function insert(root: Node, bits: readonly (0 | 1)[], place: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit];
    node = typeof next === "object" ? next : (node[bit] = [undefined, undefined]);
  }
  node[bits.at(-1)!] = place;
}

function bitsOf(network: string): readonly (0 | 1)[] {
  const [address = "", count = ""] = network.split("/");
  const isFour = isIP(address) === 4;
  const bytes = isFour ? [...Array<number>(12).fill(0), ...address.split(".").map(Number)] : bytesOfSix(address);
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => ((byte >> shift) & 1) as 0 | 1));
  return bits.slice(0, Number(count) + (isFour ? 96 : 0));
}

function bytesOfSix(address: string): number[] {
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter((word) => word !== ""));
  const words = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]);
}

const types = { text: 2, double: 3, uint32: 6, map: 7, array: 11 } as const;

/** A control byte of type and size, from type 8 on with another byte; then the value. */
function encode(value: unknown): Buffer {
  if (typeof value === "string") return Buffer.concat([control(types.text, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([control(types.array, value.length), ...value.map(encode)]);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return Buffer.concat([control(types.map, entries.length), ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)])]);
  }
  const isWhole = Number.isInteger(value);
  const bytes = Buffer.alloc(isWhole ? 4 : 8);
  if (isWhole) bytes.writeUInt32BE(value as number);
  else bytes.writeDoubleBE(value as number);
  return Buffer.concat([control(isWhole ? types.uint32 : types.double, bytes.length), bytes]);
}

function control(type: number, size: number): Buffer {
  const head = type < 8 ? type << 5 : 0;
  const [bits, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from([head | bits, ...(type < 8 ? [] : [type - 7]), ...more]);
}
