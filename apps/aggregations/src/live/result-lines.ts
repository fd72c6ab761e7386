import { count, type Paint } from '#terminal';
import type { ResultRow } from '../results.js';

const HOURS = 3;
const PRODUCTS = 6;
const NAME_WIDTH = 34;
const NUMBER_WIDTH = 12;
const MONEY = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

interface Total {
  orders: number;
  revenue: number;
}

/** Revenue by channel in the latest hours, the places with the lowest stock, and the products with low stock. */
export function resultLines(
  revenue: readonly ResultRow[],
  stock: readonly ResultRow[],
  lowStock: readonly ResultRow[],
  paint: Paint,
): string[] {
  const hours = Map.groupBy(revenue, ({ hour_start }) => String(hour_start));
  const latest = [...hours].sort(([a], [b]) => b.localeCompare(a)).slice(0, HOURS);
  return [
    ...latest.flatMap(([hour, rows]) => [
      paint('bold', cells(`  ${hour.slice(0, 16).replace('T', ' ')} UTC`, 'orders', 'revenue €')),
      ...byChannel(rows).map(([channel, { orders, revenue: euros }]) =>
        cells(`    ${channel}`, count(orders), MONEY.format(euros)),
      ),
      '',
    ]),
    paint('bold', cells('  Lowest net stock', 'movements', 'bottles')),
    ...lowest(stock, 'net_change').map(({ product_id, place, movements, net_change }) =>
      cells(`    ${product_id}, ${place}`, count(Number(movements)), count(Number(net_change))),
    ),
    '',
    paint('bold', cells('  Low stock', 'sold', 'balance')),
    ...lowest(lowStock, 'balance').map(({ product_id, sold, balance }) =>
      cells(`    ${product_id}`, count(Number(sold)), count(Number(balance))),
    ),
  ];
}

/** The same in one line. */
export function resultLine(revenue: readonly ResultRow[], stock: readonly ResultRow[]): string {
  const { orders, revenue: euros } = sum(revenue);
  const hours = new Set(revenue.map(({ hour_start }) => hour_start)).size;
  return `${count(orders)} orders, ${MONEY.format(euros)} € in ${count(hours)} hours | ${count(stock.length)} places with stock`;
}

function byChannel(rows: readonly ResultRow[]): [string, Total][] {
  const groups = Map.groupBy(rows, ({ channel }) => String(channel));
  return [...groups]
    .map(([channel, own]): [string, Total] => [channel, sum(own)])
    .sort(([, a], [, b]) => b.revenue - a.revenue);
}

function sum(rows: readonly ResultRow[]): Total {
  return {
    orders: rows.reduce((total, { orders }) => total + Number(orders), 0),
    revenue: rows.reduce((total, { revenue }) => total + Number(revenue), 0),
  };
}

function lowest(rows: readonly ResultRow[], field: string): ResultRow[] {
  return rows.toSorted((a, b) => Number(a[field]) - Number(b[field])).slice(0, PRODUCTS);
}

function cells(name: string, ...numbers: string[]): string {
  return name.padEnd(NAME_WIDTH) + numbers.map((each) => each.padStart(NUMBER_WIDTH)).join('');
}
