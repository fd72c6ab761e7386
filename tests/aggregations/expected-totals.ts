/** Totals by key, computed from the events without Flink, in cents. */
export interface Totals {
  /** By `hour|channel|category`. */
  revenue: Record<string, { orders: number; bottles: number; cents: number; unpriced: number }>;
  /** By `product|place`. */
  stock: Record<string, { movements: number; change: number }>;
}

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
  readonly totals: Totals = { revenue: {}, stock: {} };
  readonly #ids = new Set<string>();

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
    const total = (this.totals.revenue[key] ??= { orders: 0, bottles: 0, cents: 0, unpriced: 0 });
    total.orders += 1;
    total.bottles += event.quantity ?? 0;
    if (event.total_price === undefined) total.unpriced += 1;
    else total.cents += Math.round(event.total_price * 100);
  }

  #addMovement(event: Event): void {
    const key = `${event.product_id}|${event.warehouse_location ?? ''}`;
    const total = (this.totals.stock[key] ??= { movements: 0, change: 0 });
    total.movements += 1;
    total.change += event.quantity_change ?? 0;
  }
}
