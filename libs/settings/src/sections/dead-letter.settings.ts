import { integer, RATIO, text, TOPIC } from '../kinds/index.js';
import { Setting } from './setting.js';

/**
 * The limit prevents a producer that sends only bad events, or a service that rejects good ones, from moving the whole
 * topic into the dead-letter topic. Stopping also stops good events, so the defaults only react to clear cases:
 *
 * - More than half of all messages is not just one producer or one kind of event; smaller shares are left to an alert
 *   (ErrorRatioHigh, from 1 %). Normal traffic has less than 0.1 % dead letters, the sample producer 1 %, the tests 10 %.
 * - A window of 10,000 messages is a minute or two of normal traffic. It counts as full from the start, so it takes 5,000
 *   dead letters to reach half, not the first two.
 * - 1,000 bad messages in a row do not happen by chance if one in ten is bad (0.1 to the power of 1,000), and stop a
 *   producer whose events are all bad within seconds.
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
      'If the share of dead letters exceeds this, the service stops before it writes more, and waits for an ' +
      'operator; 0 means no limit.',
  })
  readonly maxRatio!: number;

  @Setting({
    key: 'DLQ_RATIO_WINDOW_EVENTS',
    kind: integer(1, 1_000_000),
    default: '10000',
    description: 'Number of most recently settled messages over which that share is computed.',
  })
  readonly ratioWindowEvents!: number;

  @Setting({
    key: 'DLQ_MAX_RUN',
    kind: integer(0, 1_000_000_000),
    default: '1000',
    description: 'The service also stops after more consecutive dead letters than this; 0 means no limit.',
  })
  readonly maxRun!: number;

  @Setting({
    key: 'OPERATOR_USER',
    kind: text(/^.{1,200}$/u, 'a name of at most 200 characters'),
    default: { text: 'the name of the system user', from: () => undefined },
    description:
      'Who redrives and resolves dead letters, as DEAD_LETTER_ACTIONS records it; --user overrides it.',
  })
  readonly operatorUser: string | undefined;
}
