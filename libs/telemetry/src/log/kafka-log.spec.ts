import { logLevel, type LogEntry } from 'kafkajs';
import { pino } from 'pino';
import { kafkaLogCreator } from './kafka-log.js';

let lines: { level: number; msg: string; stack?: string }[];
let tell: (entry: Partial<LogEntry['log']>, level?: logLevel, namespace?: string) => void;

beforeEach(() => {
  lines = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) };
  const log = kafkaLogCreator(pino({ level: 'trace' }, stream))(logLevel.INFO);
  tell = (entry, level = logLevel.ERROR, namespace = 'Connection') => {
    log({ namespace, level, label: '', log: { timestamp: '', message: '', logger: 'kafkajs', ...entry } });
  };
});

const told = () => lines.map(({ level, msg }) => [level, msg]);

describe('kafkaLogCreator', () => {
  it('logs the details of kafkajs at debug', () => {
    tell({ message: '[ConsumerGroup] Consumer has joined the group', groupId: 'cellar' }, logLevel.INFO, '');
    expect(told()).toEqual([
      [20, 'Kafka client: [ConsumerGroup] Consumer has joined the group (groupId cellar)'],
    ]);
  });

  it('logs warnings and failed attempts as warnings, in one sentence without a stack trace', () => {
    tell({ message: 'The group is rebalancing', groupId: 'cellar' }, logLevel.WARN, 'Runner');
    tell({
      message: 'Connection error: connect ECONNREFUSED 127.0.0.1:9092',
      broker: '127.0.0.1:9092',
      clientId: 'c',
      stack: 'Error: connect ECONNREFUSED\n    at TCPConnectWrap',
    });
    tell({ message: 'Response Metadata(key: 3)', error: 'Not the controller', broker: 'b:1', size: 12 });
    expect(told()).toEqual([
      [40, '⚠️ Kafka client, Runner: The group is rebalancing (groupId cellar)'],
      [40, '⚠️ Kafka client, Connection: Connection error: connect ECONNREFUSED 127.0.0.1:9092'],
      [40, '⚠️ Kafka client, Connection: Response Metadata(key: 3) (Not the controller, broker b:1)'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('TCPConnectWrap');
  });

  it('logs a crash as an error', () => {
    tell(
      { message: 'Crash: KafkaJSNumberOfRetriesExceeded: Closed\nconnection', stack: 'x' },
      logLevel.ERROR,
      'Consumer',
    );
    expect(told()).toEqual([
      [50, '❌ Kafka client, Consumer: Crash: KafkaJSNumberOfRetriesExceeded: Closed'],
    ]);
  });

  it('logs repetitions at growing intervals', () => {
    for (let times = 1; times <= 20; times += 1) tell({ message: 'Connection timeout', broker: 'b:1' });
    expect(told().map(([, msg]) => msg)).toEqual([
      '⚠️ Kafka client, Connection: Connection timeout (broker b:1)',
      ...[2, 4, 8, 16].map(
        (times) => `⚠️ Kafka client, Connection: Connection timeout (broker b:1) [${times} times so far]`,
      ),
    ]);
  });
});
