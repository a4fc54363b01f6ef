import { randomUUID } from "node:crypto";

/** An order of the demo shop. */
export interface Order {
  readonly id: string;
  readonly orderNo: string;
  readonly item: string;
  readonly amount: number;
  readonly status: "new" | "paid" | "shipped";
}

/** What a client may say of an order. */
export type OrderInput = Partial<Pick<Order, "item" | "amount" | "status">>;

const ordersMax = 1000;

/** Orders in memory; beyond a thousand the oldest goes. */
export class Orders {
  readonly #orders = new Map<string, Order>();
  #count = 0;

  list(): Order[] {
    return [...this.#orders.values()].reverse();
  }

  get(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  create(input: OrderInput): Order {
    this.#count += 1;
    const orderNo = `SO${String(20_260_000 + this.#count)}`;
    const order: Order = { id: randomUUID(), orderNo, item: input.item ?? "茶壶", amount: input.amount ?? 1, status: "new" };
    this.#orders.set(order.id, order);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > ordersMax && oldest !== undefined) this.#orders.delete(oldest);
    return order;
  }

  update(id: string, input: OrderInput): Order | undefined {
    const before = this.#orders.get(id);
    if (before === undefined) return undefined;
    const order = { ...before, ...input, id, orderNo: before.orderNo };
    this.#orders.set(id, order);
    return order;
  }

  remove(id: string): boolean {
    return this.#orders.delete(id);
  }
}
