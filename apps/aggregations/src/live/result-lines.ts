import { beginningOf, count, displayWidth, printable, type Paint } from '#terminal';
import type { ResultRow } from '../kafka/results.js';

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
  if (latest.length === 0 && stock.length === 0) return ['  No events yet.'];
  return [
    ...latest.flatMap(([hour, rows]) => [
      paint('bold', cells(`  ${hour.slice(0, 16).replace('T', ' ')} UTC`, 'orders', 'revenue €')),
      ...byChannel(rows).map(([channel, { orders, revenue: euros }]) =>
        cells(named(channel, 'no channel'), count(orders), MONEY.format(euros)),
      ),
      '',
    ]),
    paint('bold', cells('  Lowest net stock', 'movements', 'bottles')),
    ...orNone(lowest(stock, 'net_change'), ({ product_id, place, movements, net_change }) =>
      cells(
        named(`${product_id}, ${place === '' ? 'no place' : place}`),
        count(Number(movements)),
        count(Number(net_change)),
      ),
    ),
    '',
    paint('bold', cells('  Low stock', 'sold', 'balance')),
    ...orNone(lowest(lowStock, 'balance'), ({ product_id, sold, balance }) =>
      cells(named(String(product_id)), count(Number(sold)), count(Number(balance))),
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

function orNone(rows: readonly ResultRow[], line: (row: ResultRow) => string): string[] {
  return rows.length === 0 ? ['    none'] : rows.map(line);
}

/** Names come from events, which may contain anything. */
function named(name: string, otherwise = ''): string {
  return `    ${name === '' ? otherwise : printable(name)}`;
}

function cells(name: string, ...numbers: string[]): string {
  const shown = displayWidth(name) <= NAME_WIDTH ? name : `${beginningOf(name, NAME_WIDTH - 2)} …`;
  const padding = ' '.repeat(NAME_WIDTH - displayWidth(shown));
  return shown + padding + numbers.map((each) => each.padStart(NUMBER_WIDTH)).join('');
}
