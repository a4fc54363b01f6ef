/** One call to send. */
export interface DemoCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** In [0, 1). */
export type Random = () => number;

const items = ["茶壶", "茶杯", "龙井", "普洱", "竹茶盘"] as const;
const users = ["zhang.san", "li.si", "wang.wu"] as const;
const titles = ["segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》", "这是对kafka的测试", "Hello from the demo"] as const;
const json = { "content-type": "application/json", "user-agent": "gatelog-demo/1.0" };

/** Weight and maker of each kind of call: mostly what works, some of what goes wrong. */
const kinds: readonly (readonly [number, (random: Random) => DemoCall])[] = [
  [
    30,
    (random) => ({ method: "POST", path: "/springboot-demo/hello", headers: json, body: JSON.stringify({ title: pick(titles, random) }) }),
  ],
  [15, (random) => ({ method: "GET", path: `/springboot-demo/hello?page=${Math.floor(random() * 9) + 1}`, headers: json })],
  [
    20,
    (random) => ({
      method: "POST",
      path: "/orders",
      headers: json,
      body: JSON.stringify({ item: pick(items, random), amount: 1 + Math.floor(random() * 5) }),
    }),
  ],
  [10, () => ({ method: "GET", path: "/orders", headers: json })],
  [
    8,
    (random) => ({
      method: "POST",
      path: "/login",
      headers: { ...json, authorization: `Bearer demo-${Math.floor(random() * 1e9).toString(36)}` },
      body: JSON.stringify({ user: pick(users, random), password: `pw-${Math.floor(random() * 1e9).toString(36)}` }),
    }),
  ],
  [4, (random) => ({ method: "GET", path: `/slow?ms=${200 + Math.floor(random() * 1500)}`, headers: json })],
  [4, () => ({ method: "GET", path: "/error", headers: json })],
  [4, () => ({ method: "POST", path: "/error?kind=business", headers: json, body: JSON.stringify({ orderNo: "SO20260001" }) })],
  [2, () => ({ method: "GET", path: "/large?bytes=120000", headers: json })],
  [2, (random) => ({ method: "DELETE", path: `/orders/${Math.floor(random() * 1e9).toString(16)}`, headers: json })],
  [1, (random) => ({ method: "GET", path: `/no-such-service/${Math.floor(random() * 100)}`, headers: json })],
];

const weights = kinds.reduce((sum, [weight]) => sum + weight, 0);

/** The next call of a living mix; the same random numbers give the same calls. */
export function nextCall(random: Random): DemoCall {
  let rest = random() * weights;
  for (const [weight, make] of kinds) {
    rest -= weight;
    if (rest < 0) return make(random);
  }
  return { method: "GET", path: "/springboot-demo/hello", headers: json };
}

function pick<T>(values: readonly T[], random: Random): T | undefined {
  return values[Math.floor(random() * values.length)];
}

/** Random numbers that replay (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
