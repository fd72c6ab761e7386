import { eventually, readTopic } from '#testing';
import type { Totals } from './expected-totals.js';
import type { PostgresServer } from './postgres-server.js';

type Row = Record<string, string | number>;

/** The records of a result topic, in order. Only committed ones are read. */
async function rows(bootstrap: string, topic: string): Promise<Row[]> {
  const messages = await readTopic(bootstrap, topic);
  return messages.map(({ value }) => JSON.parse(String(value)) as Row);
}

/** The same without the rows that were deleted or replaced. */
async function lastRows(bootstrap: string, topic: string): Promise<Row[]> {
  const messages = await readTopic(bootstrap, topic);
  const last = new Map(messages.map(({ key, value }) => [String(key), value]));
  return [...last.values()].flatMap((value) => (value === null ? [] : [JSON.parse(String(value)) as Row]));
}

/** The running totals, from the rows of each answer. */
async function totalsOf(rowsOf: (answer: string) => Promise<Row[]>): Promise<Totals> {
  const revenue = await rowsOf('revenue_by_hour');
  const stock = await rowsOf('net_stock');
  const lowStock = await rowsOf('low_stock');
  const minutes = await rowsOf('orders_by_minute');
  const products = await rowsOf('product_sales');
  return {
    revenue: Object.fromEntries(revenue.map(revenueEntry)),
    lowStock: Object.fromEntries(
      lowStock.map(({ product_id, balance }) => [String(product_id), Number(balance)]),
    ),
    minutes: Object.fromEntries(
      minutes.map((row) => [
        String(row['minute_start']),
        {
          orders: Number(row['orders']),
          cents: cents(row['revenue']),
          weekBefore: Number(row['orders_week_before']),
          centsWeekBefore: cents(row['revenue_week_before']),
        },
      ]),
    ),
    products: Object.fromEntries(
      products.map(({ hour_start, product_id, orders, bottles, revenue: euros }) => [
        `${hour_start}|${product_id}`,
        { orders: Number(orders), bottles: Number(bottles), cents: cents(euros) },
      ]),
    ),
    stock: Object.fromEntries(
      stock.map(({ product_id, place, movements, net_change }) => [
        `${product_id}|${place}`,
        { movements: Number(movements), change: Number(net_change) },
      ]),
    ),
  };
}

/** Only guards against hanging: Flink restarts in 20 to 200 s, depending on what else the machine does. */
export const PATIENCE = { timeoutMs: 900_000 };

/** Waits until the topics of the running totals say what the history must give. */
export async function untilRight(
  bootstrap: string,
  topic: string,
  history: { totals: Totals },
): Promise<void> {
  await eventually(
    async () => {
      expect(await totalsOf((answer) => lastRows(bootstrap, `${topic}_${answer}`))).toEqual(history.totals);
      return true;
    },
    { ...PATIENCE, describe: 'the topics have the expected totals' },
  );
}

/** Waits until the tables of the running totals say what the history must give. */
export async function untilTablesAreRight(
  postgres: PostgresServer,
  history: { totals: Totals },
): Promise<void> {
  await eventually(
    async () => {
      expect(await totalsOf(async (answer) => tableRows(postgres, answer))).toEqual(history.totals);
      return true;
    },
    { ...PATIENCE, describe: 'the tables have the expected totals' },
  );
}

/** Rows with times as the topics have them. */
export function tableRows(postgres: PostgresServer, answer: string): Row[] {
  return postgres
    .query('sales_now_reader', `SELECT * FROM sales_now.${answer}`)
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          name.endsWith('_start') ? String(value).replace('+00:00', 'Z') : (value as Row[string]),
        ]),
      ),
    );
}

/** Every record of the closed hours, so that a repeated one is seen. */
export async function closedHours(
  bootstrap: string,
  topic: string,
): Promise<[string, Totals['revenue'][string]][]> {
  return (await rows(bootstrap, `${topic}_closed_hours`)).map(revenueEntry);
}

export function revenueEntry(row: Row): [string, Totals['revenue'][string]] {
  const { hour_start, channel, category, orders, bottles, revenue, unpriced_orders } = row;
  const total = {
    orders: Number(orders),
    bottles: Number(bottles),
    cents: cents(revenue),
    unpriced: Number(unpriced_orders),
  };
  return [`${hour_start}|${channel}|${category}`, total];
}

function cents(euros: unknown): number {
  return Math.round(Number(euros) * 100);
}
