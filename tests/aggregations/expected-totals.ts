/** Totals by key, computed from the events without Flink, in cents. */
export interface Totals {
  /** By `hour|channel|category`. */
  revenue: Record<string, { orders: number; bottles: number; cents: number; unpriced: number }>;
  /** Of the products whose balance is low, by id. */
  lowStock: Record<string, number>;
  /** By minute; the future has only what is compared with. */
  minutes: Record<string, { orders: number; cents: number; weekBefore: number; centsWeekBefore: number }>;
  /** By `hour|product`. */
  products: Record<string, { orders: number; bottles: number; cents: number }>;
  /** By `product|place`. */
  stock: Record<string, { movements: number; change: number }>;
}

/** For which the topics are asked, so that some products are above it and some below. */
export const LOW_STOCK_BELOW = 100;
const WEEK_MS = 7 * 24 * 3_600_000;

/** The fields that the totals depend on. */
interface Event {
  event_type: string;
  event_ts: string;
  order_line_id?: string;
  event_id?: string;
  product_id: number;
  quantity?: number;
  total_price?: number;
  sales_channel?: string;
  category?: string;
  quantity_change?: number;
  warehouse_location?: string;
}

/** Adds up valid events; of those with one id only the first counts. */
export class ExpectedTotals {
  readonly #totals = { revenue: {}, stock: {}, minutes: {}, products: {} } as Omit<Totals, 'lowStock'>;
  readonly #balances: Record<string, number> = {};
  readonly #ids = new Set<string>();

  get totals(): Totals {
    const low = Object.entries(this.#balances).filter(([, balance]) => balance < LOW_STOCK_BELOW);
    return { ...this.#totals, lowStock: Object.fromEntries(low) };
  }

  add(value: Buffer): void {
    const event = JSON.parse(value.toString()) as Event;
    const id = `${event.event_type} ${(event.order_line_id ?? event.event_id ?? '').toLowerCase()}`;
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    if (event.event_type === 'ORDER_CREATED') this.#addOrder(event);
    else this.#addMovement(event);
  }

  #addOrder(event: Event): void {
    const hour = `${new Date(event.event_ts).toISOString().slice(0, 13)}:00:00Z`;
    const key = `${hour}|${event.sales_channel ?? ''}|${event.category ?? ''}`;
    const total = (this.#totals.revenue[key] ??= { orders: 0, bottles: 0, cents: 0, unpriced: 0 });
    total.orders += 1;
    total.bottles += event.quantity ?? 0;
    if (event.total_price === undefined) total.unpriced += 1;
    const cents = Math.round((event.total_price ?? 0) * 100);
    total.cents += cents;
    const product = (this.#totals.products[`${hour}|${event.product_id}`] ??= {
      orders: 0,
      bottles: 0,
      cents: 0,
    });
    product.orders += 1;
    product.bottles += event.quantity ?? 0;
    product.cents += cents;
    const own = this.#minute(event.event_ts, 0);
    own.orders += 1;
    own.cents += cents;
    const later = this.#minute(event.event_ts, WEEK_MS);
    later.weekBefore += 1;
    later.centsWeekBefore += cents;
    this.#addBalance(event.product_id, -(event.quantity ?? 0));
  }

  #addMovement(event: Event): void {
    const key = `${event.product_id}|${event.warehouse_location ?? ''}`;
    const total = (this.#totals.stock[key] ??= { movements: 0, change: 0 });
    total.movements += 1;
    total.change += event.quantity_change ?? 0;
    this.#addBalance(event.product_id, event.quantity_change ?? 0);
  }

  #minute(time: string, laterMs: number): Totals['minutes'][string] {
    const minute = `${new Date(Date.parse(time) + laterMs).toISOString().slice(0, 16)}:00Z`;
    return (this.#totals.minutes[minute] ??= { orders: 0, cents: 0, weekBefore: 0, centsWeekBefore: 0 });
  }

  #addBalance(product: number, change: number): void {
    this.#balances[product] = (this.#balances[product] ?? 0) + change;
  }
}
