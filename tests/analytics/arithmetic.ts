const HOUR_MS = 3_600_000;
const PARIS = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'short',
});

/** Groups items by key: the columns of each key with the aggregates of its items. */
export function groups<Item, Key extends object, Value extends object>(
  items: Item[],
  key: (item: Item) => Key,
  value: (items: Item[], key: Key) => Value,
): (Key & Value)[] {
  const byKey = Map.groupBy(items, (item) => JSON.stringify(key(item)));
  return [...byKey].map(([text, members]) => {
    const names = JSON.parse(text) as Key;
    return { ...names, ...value(members, names) };
  });
}

export function sum(numbers: (number | null)[]): number {
  return numbers.reduce<number>((total, each) => total + (each ?? 0), 0);
}

/** Null if no value is known, like SQL's SUM. */
export function sumOrNull(amounts: (number | null)[]): number | null {
  if (amounts.every((amount) => amount === null)) return null;
  return Math.round(sum(amounts) * 100) / 100;
}

export function without0(value: number): number {
  return value === 0 ? 0 : value;
}

/** Whole seconds between two times as DATEDIFF counts them: how often the second changes. */
export function seconds(from: number, to: number): number {
  return Math.floor(to / 1000) - Math.floor(from / 1000);
}

export function hour(ms: number): string {
  return iso(Math.floor(ms / HOUR_MS) * HOUR_MS);
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function day(date: string): string {
  return `${date}T00:00:00.000Z`;
}

/** The local time in Paris: `2026-10-25 02:20`. */
export function paris(ms: number): string {
  return PARIS.format(ms);
}

export function parisHour(ms: number): { BUSINESS_DAY: string; HOUR_OF_DAY: number } {
  const [date = '', time = ''] = paris(ms).split(' ');
  return { BUSINESS_DAY: day(date), HOUR_OF_DAY: Number(time.slice(0, 2)) };
}
