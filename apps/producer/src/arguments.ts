import { randomInt } from 'node:crypto';
import {
  integer,
  oneOf,
  orMax,
  parse,
  positiveNumber,
  program,
  SHARE,
  someOf,
  type CommandLine,
  type Faults,
  type Reader,
} from '#command-line';
import { BROKERS, parseBrokers, serviceVersion } from '#settings';
import { BAD_KINDS, type BadKind } from '#traffic';

export interface ProducerArguments {
  bootstrapServers: string[];
  topic: string;
  /** Messages a second, or as fast as the broker takes them. */
  rate: number | 'max';
  /** How many messages; Infinity where the producer runs until it is stopped. */
  count: number;
  seed: number;
  shares: { bad: number; tombstones: number; unknown: number };
  badKinds: readonly BadKind[];
  report: 'text' | 'json';
}

const SEEDS = 2 ** 32;

const NOTES = `
Kinds of bad events: ${BAD_KINDS.join(', ')}.

The last line on stdout is a summary as JSON. Ctrl-C or SIGTERM ends the run in an orderly way.
Exit codes: 0 all that was sent is acknowledged; 1 the broker failed; 2 an option is wrong.`;

const newCommand = () =>
  program('npm run producer --', 'Sends realistic sales events to a Kafka topic.')
    .option('--rate <R>', 'messages a second, or max (default: 200)')
    .option('--count <N>', 'stop after N messages (default: run until stopped)')
    .option('--bad <SHARE>', 'share of bad events, from 0 to 1 (default: 0)')
    .option(
      '--bad-kinds <LIST>',
      'only these kinds of bad events, comma-separated (default: all, in equal shares)',
    )
    .option('--tombstones <SHARE>', 'share of messages without a value (default: 0)')
    .option('--unknown <SHARE>', 'share of events of a type that has no contract (default: 0)')
    .option(
      '--seed <S>',
      `0 to ${SEEDS - 1}; the same seed produces the same events and ids (default: a random one)`,
    )
    .option('--topic <T>', 'default: KAFKA_TOPIC_NAME, or sales_events')
    .option(
      '--bootstrap <LIST>',
      'host:port, comma-separated (default: KAFKA_BOOTSTRAP_SERVER, or localhost:9092)',
    )
    .option(
      '--report <FORM>',
      'text, or json: one line of JSON a second on stdout, instead of progress on stderr (default: text)',
    )
    .version(serviceVersion(), '--version', 'print the version')
    .addHelpText('after', NOTES);

interface Options {
  rate?: string;
  count?: string;
  bad?: string;
  badKinds?: string;
  tombstones?: string;
  unknown?: string;
  seed?: string;
  topic?: string;
  bootstrap?: string;
  report?: string;
}

/** Parses the command line; the environment supplies what it omits. Names every fault at once. */
export function parseArguments(
  args: string[],
  environment: NodeJS.ProcessEnv,
): CommandLine<ProducerArguments> {
  return parse(newCommand(), args, (faults, command) => read(command.opts<Options>(), environment, faults));
}

function read(given: Options, environment: NodeJS.ProcessEnv, faults: Faults): ProducerArguments {
  const { KAFKA_BOOTSTRAP_SERVER: servers, KAFKA_TOPIC_NAME: topic } = environment;
  const shares = {
    bad: faults.read('--bad', given.bad, SHARE, 0),
    tombstones: faults.read('--tombstones', given.tombstones, SHARE, 0),
    unknown: faults.read('--unknown', given.unknown, SHARE, 0),
  };
  const total = shares.bad + shares.tombstones + shares.unknown;
  if (total > 1) faults.add(`--bad, --tombstones and --unknown are ${total} together; expected at most 1.`);
  return {
    bootstrapServers: faults.read(
      '--bootstrap',
      given.bootstrap,
      SERVERS,
      faults.read('KAFKA_BOOTSTRAP_SERVER', servers === '' ? undefined : servers, SERVERS, [
        'localhost:9092',
      ]),
    ),
    topic: faults.read(
      '--topic',
      given.topic,
      TOPIC,
      faults.read('KAFKA_TOPIC_NAME', topic === '' ? undefined : topic, TOPIC, 'sales_events'),
    ),
    rate: faults.read('--rate', given.rate, RATE, 200),
    count: faults.read('--count', given.count, integer(1), Infinity),
    seed: faults.read('--seed', given.seed, integer(0, SEEDS - 1), randomInt(SEEDS)),
    shares,
    badKinds: faults.read('--bad-kinds', given.badKinds, someOf(BAD_KINDS), BAD_KINDS),
    report: faults.read('--report', given.report, oneOf(['text', 'json']), 'text'),
  };
}

const RATE = orMax(positiveNumber('messages a second, a number'));
const SERVERS: Reader<string[]> = { parse: parseBrokers, expected: BROKERS.expected };
const TOPIC: Reader<string> = {
  parse: (text) => (/^[\w.-]{1,249}$/.test(text) ? text : undefined),
  expected: 'a topic name: at most 249 letters, digits, ".", "_" and "-"',
};
