import { integer, RATIO, TOPIC } from '../kinds.js';
import { Setting } from '../setting.js';

/**
 * The limit keeps a producer that turns everything bad, or a service that takes good events for bad ones, from moving the
 * topic into the dead-letter topic. Stopping also stops the good events, so it has to be sure:
 *
 * - More than half of the messages is no longer one producer or one kind of event among others; those are the alert's
 *   business (ErrorRatioHigh, from 1 % on). Ordinary traffic has less than 0.1 % of dead letters, the producer for trials
 *   1 %, the tests 10 %.
 * - A window of 10,000 messages is a minute or two of ordinary traffic. It counts as full from the start, so that it
 *   takes 5,000 dead letters, and not the first two, to be half of it.
 * - 1,000 bad messages in a row never happen by chance where one in ten is bad (0.1 to the power of 1,000), and stop a
 *   producer that got everything wrong after some seconds.
 */
export class DeadLetterSettings {
  @Setting({
    key: 'DLQ_TOPIC',
    kind: TOPIC,
    default: {
      text: '<KAFKA_TOPIC_NAME>_dlq',
      from: ({ values }) => `${values.get('KAFKA_TOPIC_NAME') ?? ''}_dlq`,
    },
    description: 'The topic for events that cannot be stored.',
  })
  readonly topic!: string;

  @Setting({
    key: 'DLQ_MAX_RATIO',
    kind: RATIO,
    default: '0.5',
    description:
      'With a greater share of dead letters than this the service stops before it makes more, and waits for an ' +
      'operator; 0 is no limit.',
  })
  readonly maxRatio!: number;

  @Setting({
    key: 'DLQ_RATIO_WINDOW_EVENTS',
    kind: integer(1, 1_000_000),
    default: '10000',
    description: 'That share is taken of this many messages, the last that were settled.',
  })
  readonly ratioWindowEvents!: number;

  @Setting({
    key: 'DLQ_MAX_RUN',
    kind: integer(0, 1_000_000_000),
    default: '1000',
    description: 'So it does with more dead letters in a row than this; 0 is no limit.',
  })
  readonly maxRun!: number;
}
