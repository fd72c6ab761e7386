import { fieldText, type ContractChange, type Drift } from '#events';
import { coordinatesText, type Message } from '#pipeline';
import { PRODUCER, producerInHeader } from '../../producer.js';

export const CHANGES = ['newlyDead', 'rescued', 'drifted'] as const;
export type Change = (typeof CHANGES)[number];

/** What happens to a field: how it violates the contract, or how it drifts. */
export type FieldChange =
  { field: string; expected: string; found: string } | { field: string; drift: Drift };

/** A record that the contracts treat differently. Has no content of the event but its type and producer. */
export interface ChangedRecord {
  id: string;
  change: Change;
  eventType: string | null;
  producer: string | null;
  fields: FieldChange[];
}

/** Names come from producers, whatever their length. */
const MOST_CHARACTERS = 100;

export function changedRecord(
  message: Message,
  change: Exclude<ContractChange, { kind: 'none' }>,
): ChangedRecord {
  const { eventType, fields } =
    change.kind === 'drifted'
      ? change
      : {
          eventType: change.rejected.eventType,
          fields: change.rejected.details.map(({ field, expected, actualType }) => ({
            ...{ field, expected, found: actualType },
          })),
        };
  return {
    id: coordinatesText(message),
    change: change.kind === 'newly-dead' ? 'newlyDead' : change.kind,
    eventType,
    producer: producerOf(message, change),
    fields,
  };
}

function producerOf(
  { headers }: Message,
  { event }: Exclude<ContractChange, { kind: 'none' }>,
): string | null {
  const given = headers[PRODUCER] ?? null;
  const header = Array.isArray(given) ? (given[0] ?? null) : given;
  const named = header === null ? fieldText(event, PRODUCER) : producerInHeader(header);
  return named === null || named.length <= MOST_CHARACTERS ? named : `${named.slice(0, MOST_CHARACTERS)}...`;
}
