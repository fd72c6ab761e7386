import { integer, oneOf } from '../kinds/index.js';
import { Setting } from './setting.js';

const UNKNOWN_TYPES = ['store', 'dead-letter'] as const;

export class BatchSettings {
  @Setting({
    key: 'BATCH_MIN_EVENTS',
    kind: integer(1, 1_000_000),
    default: '100',
    description: 'A batch of this many events is written as soon as no fetched event is waiting to join it.',
  })
  readonly minEvents!: number;

  @Setting({
    key: 'BATCH_MAX_WAIT_MS',
    kind: integer(1, 3_600_000),
    default: '10000',
    description: 'A smaller batch is written when its oldest event has waited this long.',
  })
  readonly maxWaitMs!: number;

  @Setting({
    key: 'BATCH_MAX_EVENTS',
    kind: integer(1, 1_000_000),
    default: '20000',
    description: 'While a batch is being written, the next one grows up to this many events; bounds memory.',
  })
  readonly maxEvents!: number;

  @Setting({
    key: 'BATCH_MAX_BYTES',
    kind: integer(1_024, 1_073_741_824),
    default: '16777216',
    description: 'The same bound in bytes.',
  })
  readonly maxBytes!: number;

  @Setting({
    key: 'EVENT_MAX_BYTES',
    kind: integer(1, 134_217_728),
    default: '16777216',
    description:
      'Maximum size of an event that the warehouse accepts, in bytes; a larger one is dead-lettered as too_large.',
  })
  readonly eventMaxBytes!: number;

  @Setting({
    key: 'EVENT_MAX_VALUES',
    kind: integer(1, 100_000_000),
    default: '250000',
    description:
      'Maximum number of JSON values in an event, including lists and objects; an event with more is dead-lettered as too_large.',
  })
  readonly eventMaxValues!: number;

  @Setting({
    key: 'UNKNOWN_EVENT_TYPES',
    kind: oneOf(UNKNOWN_TYPES),
    default: 'store',
    description:
      'What becomes of an event whose type has no contract. store: it is stored as it is; dead-letter: it is ' +
      'dead-lettered as invalid_schema.',
  })
  readonly unknownEventTypes!: (typeof UNKNOWN_TYPES)[number];
}
