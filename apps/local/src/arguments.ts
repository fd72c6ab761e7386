import { optionsOf, type CommandLine } from '#command-line';

export interface LocalArguments {
  /** Make and store this many events, as fast as it goes, and end; null to run until stopped. */
  events: number | null;
  /** Events a second that the producer makes. */
  rate: number | 'max';
  /** Holds data/ and logs/. */
  folder: string;
}

export type ParsedArguments = CommandLine<LocalArguments>;

const DEFAULT_RATE = 200;

export const USAGE = `Runs everything on this machine: a Kafka broker, a producer of sales events, and the ingester on DuckDB.

Usage: npm start [-- options]

  --events N     make N events as fast as it goes, store them, close the ledger and end
  --rate R       events a second (default: ${DEFAULT_RATE}), or max; with --events the default is max
  --folder DIR   where data and logs are kept (default: .local); a second run goes on where the first ended
  --help         this text

Ctrl-C stops the producer, stores what is left and closes the ledger. A second Ctrl-C ends at once.

  KAFKA_BOOTSTRAP_SERVER   host:port of a broker to use instead of an own one (which needs Java 17 and Maven)
  METRICS_PORT             the port to try first for metrics and health (default: 8000)
  BATCH_...                go to the ingester as they are

Exit codes: 0 the ledger adds up; 1 it does not, or something failed; 2 an option is wrong; 130 stopped early.
`;

const OPTIONS = {
  events: { type: 'string' },
  rate: { type: 'string' },
  folder: { type: 'string', default: '.local' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; names every fault at once. */
export function parseArguments(args: string[]): ParsedArguments {
  const values = optionsOf(args, OPTIONS);
  if (typeof values === 'string') return { kind: 'invalid', faults: [values] };
  if (values.help) return { kind: 'help' };
  const faults: string[] = [];
  const events = values.events === undefined ? null : Number(values.events);
  if (events !== null && !(Number.isSafeInteger(events) && events >= 1)) {
    faults.push(`--events ${values.events ?? ''}: expected an integer of at least 1`);
  }
  const rate = readRate(values.rate ?? (events === null ? String(DEFAULT_RATE) : 'max'));
  if (rate === undefined) {
    faults.push(`--rate ${values.rate ?? ''}: expected events a second, a number above 0, or max`);
  }
  if (faults.length > 0 || rate === undefined) return { kind: 'invalid', faults };
  return { kind: 'run', arguments: { events, rate, folder: values.folder } };
}

function readRate(text: string): number | 'max' | undefined {
  if (text === 'max') return text;
  const rate = Number(text);
  return text !== '' && Number.isFinite(rate) && rate > 0 ? rate : undefined;
}
