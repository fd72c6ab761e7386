import { InventoryAdjustedEvent } from './inventory-adjusted.event.js';
import { OrderCreatedEvent } from './order-created.event.js';

/** All event types that have a contract. To add one, write its DTO class in a new file and list the class here. */
export const DTO_CLASSES = [OrderCreatedEvent, InventoryAdjustedEvent] as const;

export type DtoClass = (typeof DTO_CLASSES)[number];

/** The event types that have a DTO, and `other` for the rest: a closed set of metric labels. */
export type EventLabel = DtoClass['eventType'] | 'other';

export const EVENT_LABELS: readonly EventLabel[] = [...DTO_CLASSES.map((dto) => dto.eventType), 'other'];

const BY_EVENT_TYPE = new Map<string, DtoClass>(DTO_CLASSES.map((dto) => [dto.eventType, dto]));

/** Returns the DTO class of an event type by its exact name. */
export function dtoClassOf(eventType: string): DtoClass | undefined {
  return BY_EVENT_TYPE.get(eventType);
}

/** The fields that identify an event of some type. */
export const IDENTITY_FIELDS: ReadonlySet<string> = new Set(DTO_CLASSES.map((dto) => dto.identity));
