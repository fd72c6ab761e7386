import { randomInt } from 'node:crypto';
import { optionsOf, type CommandLine } from '#command-line';
import { BROKERS, parseBrokers, quoted } from '#settings';
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

export type ParsedArguments = CommandLine<ProducerArguments>;

const SEEDS = 2 ** 32;

export const USAGE = `Sends realistic sales events to a Kafka topic.

Usage: npm run producer -- [options]

  --rate R             messages a second, or max (default: 200)
  --count N            stop after N messages (default: run until stopped)
  --bad SHARE          share of bad events, from 0 to 1 (default: 0)
  --bad-kinds LIST     only these kinds of bad events, comma-separated (default: all, in equal shares)
  --tombstones SHARE   share of messages without a value (default: 0)
  --unknown SHARE      share of events of a type that has no contract (default: 0)
  --seed S             0 to ${SEEDS - 1}; one seed gives the same events and ids again (default: a random one)
  --topic T            default: KAFKA_TOPIC_NAME, or sales_events
  --bootstrap LIST     host:port, comma-separated (default: KAFKA_BOOTSTRAP_SERVER, or localhost:9092)
  --report text|json   json: one line of JSON a second on stdout, instead of progress on stderr (default: text)
  --version            print the version
  --help               this text

Kinds of bad events: ${BAD_KINDS.join(', ')}.

The last line on stdout is a summary as JSON. Ctrl-C or SIGTERM ends the run in an orderly way.
Exit codes: 0 all that was sent is acknowledged; 1 the broker failed; 2 an option is wrong.
`;

const OPTIONS = {
  rate: { type: 'string' },
  count: { type: 'string' },
  bad: { type: 'string' },
  'bad-kinds': { type: 'string' },
  tombstones: { type: 'string' },
  unknown: { type: 'string' },
  seed: { type: 'string' },
  topic: { type: 'string' },
  bootstrap: { type: 'string' },
  report: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Reads the command line, and the environment for what it leaves open. Tells all that is wrong at once. */
export function parseArguments(args: string[], environment: NodeJS.ProcessEnv): ParsedArguments {
  const given = optionsOf(args, OPTIONS);
  if (typeof given === 'string') return { kind: 'invalid', faults: [given] };
  if (given.help === true) return { kind: 'help' };
  if (given.version === true) return { kind: 'version' };

  const faults: string[] = [];
  /** What the text means; `otherwise` where there is none, or where it is wrong, which is noted. */
  const read = <T>(name: string, text: string | undefined, reader: Reader<T>, otherwise: T): T => {
    if (text === undefined || text === '') return otherwise;
    const value = reader.parse(text.trim());
    if (value === undefined) faults.push(`${name} is ${quoted(text)}; expected ${reader.expected}.`);
    return value ?? otherwise;
  };
  const option = <T>(
    name: keyof Omit<typeof given, 'help' | 'version'>,
    reader: Reader<T>,
    otherwise: T,
  ): T => read(`--${name}`, given[name], reader, otherwise);
  const optionOrVariable = <T>(
    name: keyof Omit<typeof given, 'help' | 'version'>,
    variable: string,
    reader: Reader<T>,
    otherwise: T,
  ): T => option(name, reader, read(variable, environment[variable], reader, otherwise));

  const parsed: ProducerArguments = {
    bootstrapServers: optionOrVariable('bootstrap', 'KAFKA_BOOTSTRAP_SERVER', SERVERS, ['localhost:9092']),
    topic: optionOrVariable('topic', 'KAFKA_TOPIC_NAME', TOPIC, 'sales_events'),
    rate: option('rate', RATE, 200),
    count: option('count', COUNT, Infinity),
    seed: option('seed', SEED, randomInt(SEEDS)),
    shares: {
      bad: option('bad', SHARE, 0),
      tombstones: option('tombstones', SHARE, 0),
      unknown: option('unknown', SHARE, 0),
    },
    badKinds: option('bad-kinds', SOME_BAD_KINDS, BAD_KINDS),
    report: option('report', REPORT, 'text'),
  };
  const { bad, tombstones, unknown } = parsed.shares;
  if (bad + tombstones + unknown > 1) {
    faults.push(
      `--bad, --tombstones and --unknown are ${bad + tombstones + unknown} together; expected at most 1.`,
    );
  }
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'run', arguments: parsed };
}

/** How a text becomes a value; undefined where it is none. */
interface Reader<T> {
  parse(text: string): T | undefined;
  expected: string;
}

const SHARE: Reader<number> = {
  parse: (text) => number(text, (value) => value >= 0 && value <= 1),
  expected: 'a share from 0 to 1',
};
const RATE: Reader<number | 'max'> = {
  parse: (text) => (text === 'max' ? text : number(text, (value) => value > 0)),
  expected: 'messages a second, a number above 0, or max',
};
const COUNT: Reader<number> = {
  parse: (text) => number(text, (value) => Number.isSafeInteger(value) && value >= 1),
  expected: 'an integer of at least 1',
};
const SEED: Reader<number> = {
  parse: (text) => number(text, (value) => Number.isInteger(value) && value >= 0 && value < SEEDS),
  expected: `an integer from 0 to ${SEEDS - 1}`,
};
const SERVERS: Reader<string[]> = { parse: parseBrokers, expected: BROKERS.expected };
const TOPIC: Reader<string> = {
  parse: (text) => (/^[\w.-]{1,249}$/.test(text) ? text : undefined),
  expected: 'a topic name: at most 249 letters, digits, ".", "_" and "-"',
};
const SOME_BAD_KINDS: Reader<readonly BadKind[]> = {
  parse: (text) => {
    const names = text.split(',').map((name) => name.trim());
    const kinds = BAD_KINDS.filter((kind) => names.includes(kind));
    return kinds.length === new Set(names).size ? kinds : undefined;
  },
  expected: `some of ${BAD_KINDS.join(', ')}`,
};
const REPORT: Reader<'text' | 'json'> = {
  parse: (text) => (text === 'text' || text === 'json' ? text : undefined),
  expected: 'text or json',
};

function number(text: string, isRight: (value: number) => boolean): number | undefined {
  const value = Number(text);
  return text !== '' && isRight(value) && Number.isFinite(value) ? value : undefined;
}
