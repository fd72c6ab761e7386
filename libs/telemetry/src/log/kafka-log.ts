import { logLevel, type LogEntry, type logCreator } from 'kafkajs';
import type { Log } from './log.js';
import { Repetition } from './repetition.js';

type Level = 'debug' | 'warn' | 'error';

/** The fields of a kafkajs message that help a reader, in this order. */
const SHOWN_FIELDS = ['error', 'broker', 'topic', 'partition', 'groupId'] as const;

/** Translates the messages of kafkajs into the words and levels of this service's log. */
export class KafkaLog {
  /** For kafkajs's option `logCreator`. */
  readonly creator: logCreator;

  constructor(log: Log) {
    this.creator = kafkaLogCreator(log);
  }
}

/**
 * One sentence per entry, without a stack trace; repeated entries are logged at growing intervals. kafkajs logs details
 * for its developers at INFO and each failed attempt at ERROR, but only the service knows what they mean for it. Only a
 * crash of the consumer stays an error.
 */
export function kafkaLogCreator(log: Log): logCreator {
  const repetition = new Repetition();
  return () => (entry) => {
    const level = levelOf(entry);
    const text = sentence(entry);
    const times = level === 'debug' ? 1 : repetition.note(text);
    if (times === null) return;
    const fields = { event: 'kafka_client', namespace: entry.namespace, times };
    const again = times === 1 ? '' : ` [${times} times so far]`;
    if (level === 'debug') log.debug(fields, text);
    else if (level === 'warn') log.warn(fields, `⚠️ ${text}${again}`);
    else log.error(fields, `❌ ${text}${again}`);
  };
}

function levelOf({ level, log }: LogEntry): Level {
  if (level === logLevel.WARN) return 'warn';
  if (level !== logLevel.ERROR) return 'debug';
  return log.message.startsWith('Crash:') ? 'error' : 'warn';
}

/** `Kafka client, Connection: Connection timeout (broker b-1:9092)` */
function sentence({ namespace, log }: LogEntry): string {
  const fields = SHOWN_FIELDS.flatMap((name) => {
    const value: unknown = log[name];
    const isShown = (typeof value === 'string' && !log.message.includes(value)) || typeof value === 'number';
    return isShown ? [name === 'error' ? String(value) : `${name} ${value}`] : [];
  });
  const origin = namespace === '' ? 'Kafka client' : `Kafka client, ${namespace}`;
  const [message = ''] = log.message.split('\n');
  return `${origin}: ${message}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}
