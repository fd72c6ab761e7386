import { isTime, type DeadLetter } from '#pipeline';
import { day, groups, hour, iso, paris, parisHour, seconds, sum, sumOrNull, without0 } from './arithmetic.js';
import { ingestedAtMs, type Delivered } from './delivered.js';
import { unreadableValues } from './unreadable.js';

type Rows = Record<string, string | number | null>[];

/** The expected rows of each view by name, computed from the events. */
export const VIEWS = {
  ORDER_ANALYTICS: (events) =>
    groups(
      events.filter(({ row }) => row.eventType === 'ORDER_CREATED'),
      (each) => ({ HOUR: hour(each.ingestedMs), CHANNEL: each.text('sales_channel') }),
      (orders) => ({
        ORDERS: orders.length,
        REVENUE: sumOrNull(orders.map((each) => each.number('total_price'))),
      }),
    ),
  ORDER_LINES: (events) =>
    orderLines(events).map(({ event, total }) => ({
      ORDER_LINE_ID: event.id,
      ORDERED_AT: iso(event.occurredMs),
      CUSTOMER_ID: event.row.customerId,
      PRODUCT_ID: event.row.productId,
      PRODUCT_NAME: event.text('product_name'),
      CATEGORY: event.text('category'),
      CHANNEL: event.text('sales_channel'),
      QUANTITY: event.number('quantity'),
      UNIT_PRICE: event.number('unit_price'),
      TOTAL_PRICE: total,
      DISCOUNT: event.number('discount'),
      INGESTION_TIME: iso(event.ingestedMs),
    })),
  STOCK_MOVEMENTS: (events) =>
    firsts(events, 'INVENTORY_ADJUSTED').map((event) => ({
      MOVEMENT_ID: event.id,
      MOVED_AT: iso(event.occurredMs),
      PRODUCT_ID: event.row.productId,
      PRODUCT_NAME: event.text('product_name'),
      CATEGORY: event.text('category'),
      PLACE: event.text('warehouse_location'),
      ADJUSTMENT_TYPE: event.text('adjustment_type'),
      QUANTITY_CHANGE: event.number('quantity_change'),
      INGESTION_TIME: iso(event.ingestedMs),
    })),
  HOURLY_REVENUE: (events) =>
    groups(
      orderLines(events),
      ({ event }) => ({
        ...parisHour(event.occurredMs),
        HOUR_START: hour(event.occurredMs),
        CHANNEL: event.text('sales_channel'),
        CATEGORY: event.text('category'),
      }),
      (orders) => ({
        ORDERS: orders.length,
        BOTTLES: sumOrNull(orders.map(({ event }) => event.number('quantity'))),
        REVENUE: sumOrNull(orders.map(({ total }) => total)),
        UNPRICED_ORDERS: orders.filter(({ total }) => total === null).length,
      }),
    ),
  NET_STOCK: (events) =>
    groups(
      firsts(events, 'INVENTORY_ADJUSTED'),
      (each) => ({ PRODUCT_ID: each.row.productId, PLACE: each.text('warehouse_location') }),
      (moved) => ({
        MOVEMENTS: moved.length,
        REPLENISHED: moves(moved, 'REPLENISHMENT'),
        CORRECTED: moves(moved, 'CORRECTION'),
        SPOILED: without0(-moves(moved, 'SPOILAGE')),
        NET_CHANGE: sum(moved.map((each) => each.number('quantity_change'))),
        LAST_MOVED_AT: iso(Math.max(...moved.map(({ occurredMs }) => occurredMs))),
      }),
    ),
  PRODUCT_BALANCE: (events) =>
    groups(
      [...firsts(events, 'INVENTORY_ADJUSTED'), ...firsts(events, 'ORDER_CREATED')],
      (each) => ({ PRODUCT_ID: each.row.productId }),
      (all) => {
        const adjusted = sum(all.map((each) => each.number('quantity_change')));
        const sold = sum(all.map((each) => each.number('quantity')));
        return {
          PRODUCT_NAME: all[0]?.text('product_name') ?? null,
          ADJUSTED: adjusted,
          SOLD: sold,
          BALANCE: adjusted - sold,
        };
      },
    ),
  SPOILAGE_RATE: (events) =>
    groups(
      firsts(events, 'INVENTORY_ADJUSTED').filter((each) => each.event['adjustment_type'] !== 'CORRECTION'),
      (each) => ({ MONTH: day(`${paris(each.occurredMs).slice(0, 7)}-01`), PRODUCT_ID: each.row.productId }),
      (moved) => {
        const spoiled = without0(-moves(moved, 'SPOILAGE'));
        const replenished = moves(moved, 'REPLENISHMENT');
        return {
          PRODUCT_NAME: moved[0]?.text('product_name') ?? null,
          SPOILED: spoiled,
          REPLENISHED: replenished,
          SPOILAGE_RATE: replenished === 0 ? null : Math.round((spoiled / replenished) * 1e4) / 1e4,
        };
      },
    ),
  LATE_EVENTS: (events) =>
    events.flatMap((each) => {
      const { row, id, eventMs, ingestedMs } = each;
      const { timestampMs } = row.message;
      if (eventMs === null || Math.abs(seconds(eventMs, ingestedMs)) <= 600) return [];
      return [
        {
          EVENT_TYPE: row.eventType,
          EVENT_ID: id,
          SOURCE_SERVICE: each.text('source_service'),
          EVENT_TIME: iso(eventMs),
          INGESTION_TIME: iso(ingestedMs),
          DELAY_SECONDS: seconds(eventMs, ingestedMs),
          QUEUED_SECONDS: isTime(timestampMs) ? seconds(eventMs, timestampMs) : null,
          TOPIC: row.message.topic,
          PARTITION_NUMBER: row.message.partition,
          OFFSET_NUMBER: row.message.offset,
        },
      ];
    }),
  DUPLICATE_EVENTS: (events) =>
    groups(
      events.filter(({ id }) => id !== null),
      ({ row, id }) => ({ EVENT_TYPE: row.eventType, EVENT_ID: id }),
      (deliveries) => ({
        DELIVERIES: deliveries.length,
        VERSIONS: new Set(deliveries.map(({ event }) => JSON.stringify(event))).size,
        FIRST_INGESTED_AT: iso(Math.min(...deliveries.map(({ ingestedMs }) => ingestedMs))),
        LAST_INGESTED_AT: iso(Math.max(...deliveries.map(({ ingestedMs }) => ingestedMs))),
        OFFSETS: deliveries
          .map(({ place }) => place)
          .sort()
          .join(' '),
      }),
    ).filter(({ DELIVERIES }) => DELIVERIES > 1),
  UNREADABLE_VALUES: unreadableValues,
} satisfies Record<string, (events: Delivered[]) => Rows>;

/** Each order line once, with its revenue; null if the event does not contain it. */
export function orderLines(events: Delivered[]): { event: Delivered; total: number | null }[] {
  return firsts(events, 'ORDER_CREATED').map((event) => ({ event, total: event.number('total_price') }));
}

export function dataQuality(
  events: Delivered[],
  letters: DeadLetter[],
  settled: Record<'redriven' | 'stored' | 'resolved', DeadLetter[]>,
) {
  const dayOf = (ms: number) => day(paris(ms).slice(0, 10));
  const letterDay = ({ message }: DeadLetter) => dayOf(ingestedAtMs(message));
  const messageDays = [...events.map(({ ingestedMs }) => dayOf(ingestedMs)), ...letters.map(letterDay)];
  const faults = letters.flatMap((letter) => {
    const fields = letter.details.length === 0 ? [null] : letter.details.map(({ field }) => field);
    return [...new Set(fields)].map((field) => ({ letter, field }));
  });
  return groups(
    faults,
    ({ letter, field }) => ({
      DAY: letterDay(letter),
      ERROR_TYPE: letter.errorType,
      FIELD: field,
      EVENT_TYPE: letter.eventType,
    }),
    (found, { DAY }) => {
      const messages = messageDays.filter((each) => each === DAY).length;
      const those = (list: DeadLetter[]) => found.filter(({ letter }) => list.includes(letter)).length;
      const [redriven, stored, resolved] = [settled.redriven, settled.stored, settled.resolved].map(those);
      return {
        LETTERS: found.length,
        MESSAGES: messages,
        SHARE: Math.round((found.length / messages) * 1e6) / 1e6,
        OPEN: found.length - sum([redriven ?? 0, stored ?? 0, resolved ?? 0]),
        REDRIVEN: redriven ?? 0,
        STORED: stored ?? 0,
        RESOLVED: resolved ?? 0,
      };
    },
  );
}

/** The first message that arrived for each id. */
function firsts(events: Delivered[], type: string): Delivered[] {
  const byId = new Map<string, Delivered>();
  for (const each of events.filter(({ row }) => row.eventType === type)) {
    const id = each.id ?? each.place;
    const known = byId.get(id);
    if (known === undefined || each.ingestedMs < known.ingestedMs) byId.set(id, each);
  }
  return [...byId.values()];
}

function moves(moved: Delivered[], type: string): number {
  return sum(
    moved
      .filter(({ event }) => event['adjustment_type'] === type)
      .map((each) => each.number('quantity_change')),
  );
}
