import { isTime } from '#pipeline';
import { day, groups, paris } from './arithmetic.js';
import type { Delivered } from './delivered.js';

interface Field {
  name: string;
  isSent: boolean;
  isRead: boolean;
}

const NUMBERS: Record<string, string[]> = {
  ORDER_CREATED: ['quantity', 'unit_price', 'total_price', 'discount'],
  INVENTORY_ADJUSTED: ['quantity_change'],
};
const IDS: Record<string, string> = { ORDER_CREATED: 'order_line_id', INVENTORY_ADJUSTED: 'event_id' };

/** The expected rows of UNREADABLE_VALUES. */
export function unreadableValues(events: Delivered[]) {
  return groups(
    events.flatMap((event) => fieldsOf(event).map((field) => ({ event, field }))),
    ({ event, field }) => ({
      DAY: day(paris(event.ingestedMs).slice(0, 10)),
      EVENT_TYPE: event.row.eventType,
      FIELD: field.name,
    }),
    (found) => ({
      MESSAGES: found.length,
      MISSING: found.filter(({ field }) => !field.isSent).length,
      UNREADABLE: found.filter(({ field }) => field.isSent && !field.isRead).length,
    }),
  ).filter(({ MISSING, UNREADABLE }) => MISSING + UNREADABLE > 0);
}

function fieldsOf(event: Delivered): Field[] {
  const { row, id, eventMs } = event;
  const type = row.eventType ?? '';
  const idField = IDS[type];
  return [
    { name: 'event_ts', isSent: event.text('event_ts') !== null, isRead: eventMs !== null },
    { name: 'timestamp_ms', isSent: true, isRead: isTime(row.message.timestampMs) },
    ...(idField === undefined ? [] : [{ name: idField, isSent: id !== null, isRead: id !== null }]),
    ...(NUMBERS[type] ?? []).map((name) => ({
      name,
      isSent: event.text(name) !== null,
      isRead: event.number(name) !== null,
    })),
  ];
}
