import { EventValidator } from '#events';
import type { BatchSettings } from '#settings';

/** Validates as the service does. */
export function eventValidator({
  eventMaxBytes,
  eventMaxValues,
  unknownEventTypes,
}: BatchSettings): EventValidator {
  return new EventValidator({
    maxBytes: eventMaxBytes,
    maxValues: eventMaxValues,
    unknownTypes: unknownEventTypes,
  });
}
