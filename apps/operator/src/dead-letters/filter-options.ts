import { Option, type Command } from 'commander';
import { LETTER_TYPES, type Coordinates, type ErrorType } from '#pipeline';
import { DEAD_LETTER_STATUSES, type DeadLetterFilter, type DeadLetterStatus } from '#warehouse';
import { JSON_OPTION } from '../commands/operator-command.js';
import { UsageError } from '../failures.js';
import { parseId, parseInteger, parseOffsets, parseTime, parseWord, parseWords } from '../parse.js';

/** Where dead letters are kept: each is in both, the topic has them first. */
export const PLACES = ['table', 'topic'] as const;
export type Place = (typeof PLACES)[number];

export interface SourceOptions {
  from?: Place;
  json?: true;
}

/** As the command line gives them. */
export interface FilterOptions extends SourceOptions {
  type?: ErrorType;
  eventType?: string;
  field?: string;
  producer?: string;
  topic?: string;
  partition?: number;
  offset?: { first: number; last: number };
  since?: number;
  until?: number;
  status?: DeadLetterStatus[] | 'all';
}

/** Adds the choice between the table and the topic, which needs no warehouse. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--from <place>',
        'table, or topic: the dead-letter topic, for which list, show and export need no warehouse; ' +
          'redrive does, so that nothing is stored twice (default: table)',
      )
        .choices(PLACES)
        .argParser((text) => parseWord('--from', text, PLACES)),
    )
    .option(...JSON_OPTION);
}

/** Adds the options that choose dead letters. */
export function addFilterOptions(command: Command): Command {
  return addSourceOptions(command)
    .addOption(
      new Option('--type <type>', 'why they could not be stored')
        .choices(LETTER_TYPES)
        .argParser((text) => parseWord('--type', text, LETTER_TYPES)),
    )
    .option('--event-type <type>', 'the event type that they name')
    .option('--field <field>', 'a field that is not as the contract says')
    .option('--producer <name>', 'the source_service of their header or their event')
    .option('--topic <topic>', 'the topic that they came from')
    .option('--partition <number>', 'the partition that they came from', (text) =>
      parseInteger('--partition', text, 0),
    )
    .option('--offset <offsets>', 'an offset, or a first and a last one: 1000-1099', (text) =>
      parseOffsets('--offset', text),
    )
    .option(
      '--since <time>',
      'failed then or later: 2026-01-31, 2026-01-31T18:00:00Z, or how long ago: 90m, 2h, 3d',
      (text) => parseTime('--since', text),
    )
    .option('--until <time>', 'failed before then', (text) => parseTime('--until', text))
    .option(
      '--status <statuses>',
      `${DEAD_LETTER_STATUSES.join(', ')}, several with commas between, or all (default: open)`,
      (text) => (text === 'all' ? text : parseWords('--status', text, DEAD_LETTER_STATUSES)),
    );
}

/** Collects the ids that a command line names. */
export function addId(text: string, ids: readonly Coordinates[] = []): Coordinates[] {
  return [...ids, parseId(text)];
}

/** The filter that the options mean; `ids` narrow it further. */
export function filterOf(options: FilterOptions, ids: readonly Coordinates[] = []): DeadLetterFilter {
  return {
    statuses: options.status === 'all' ? null : (options.status ?? ['open']),
    errorType: options.type ?? null,
    eventType: options.eventType ?? null,
    field: options.field ?? null,
    producer: options.producer ?? null,
    topic: options.topic ?? null,
    partition: options.partition ?? null,
    offsets: options.offset ?? null,
    failedSinceMs: options.since ?? null,
    failedBeforeMs: options.until ?? null,
    ids: ids.length === 0 ? null : ids,
  };
}

/**
 * The filter of a command that only reads.
 *
 * @throws UsageError where the topic is to be read by what only the table knows
 */
export function readingFilterOf(options: FilterOptions): DeadLetterFilter {
  if (options.from !== 'topic') return filterOf(options);
  if (options.status !== undefined) {
    throw new UsageError(
      '--status: only the table knows what became of dead letters; leave out --from topic.',
    );
  }
  return { ...filterOf(options), statuses: null };
}

/** Whether the options choose at all: what changes letters asks for a choice, or for --all. */
export function narrows(options: FilterOptions): boolean {
  const { type, eventType, field, producer, topic, partition, offset, since, until } = options;
  return [type, eventType, field, producer, topic, partition, offset, since, until].some(
    (option) => option !== undefined,
  );
}
