import { readTopic } from '#testing';
import type { Totals } from './expected-totals.js';

type Row = Record<string, string | number>;

/** The records of a result topic, in order. Only committed ones are read. */
async function rows(bootstrap: string, topic: string): Promise<Row[]> {
  const messages = await readTopic(bootstrap, topic);
  return messages.map(({ value }) => JSON.parse(String(value)) as Row);
}

/** What the topics of the running totals say: the last record of each key counts. */
export async function runningTotals(bootstrap: string, topic: string): Promise<Totals> {
  const revenue = await rows(bootstrap, `${topic}_revenue_by_hour`);
  const stock = await rows(bootstrap, `${topic}_net_stock`);
  return {
    revenue: Object.fromEntries(revenue.map(revenueEntry)),
    stock: Object.fromEntries(
      stock.map(({ product_id, place, movements, net_change }) => [
        `${product_id}|${place}`,
        { movements: Number(movements), change: Number(net_change) },
      ]),
    ),
  };
}

/** Every record of the closed hours, so that a repeated one is seen. */
export async function closedHours(
  bootstrap: string,
  topic: string,
): Promise<[string, Totals['revenue'][string]][]> {
  return (await rows(bootstrap, `${topic}_closed_hours`)).map(revenueEntry);
}

function revenueEntry(row: Row): [string, Totals['revenue'][string]] {
  const { hour_start, channel, category, orders, bottles, revenue, unpriced_orders } = row;
  const total = {
    orders: Number(orders),
    bottles: Number(bottles),
    cents: Math.round(Number(revenue) * 100),
    unpriced: Number(unpriced_orders),
  };
  return [`${hour_start}|${channel}|${category}`, total];
}
