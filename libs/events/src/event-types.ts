import { InventoryAdjustedEvent } from './inventory-adjusted.event.js';
import { OrderCreatedEvent } from './order-created.event.js';

/** Every event type that has a contract. A new one is a file with its DTO class, and its line here. */
export const DTO_CLASSES = [OrderCreatedEvent, InventoryAdjustedEvent] as const;

export type DtoClass = (typeof DTO_CLASSES)[number];

/** The event types that have a DTO, and `other` for all the rest: the closed set for metric labels. */
export type EventLabel = DtoClass['eventType'] | 'other';

export const EVENT_LABELS: readonly EventLabel[] = [...DTO_CLASSES.map((dto) => dto.eventType), 'other'];

const BY_EVENT_TYPE = new Map<string, DtoClass>(DTO_CLASSES.map((dto) => [dto.eventType, dto]));

/** The DTO class of an event type, by its exact name; undefined where there is none. */
export function dtoClassOf(eventType: string): DtoClass | undefined {
  return BY_EVENT_TYPE.get(eventType);
}
