import { Option, type Command } from 'commander';
import { LETTER_TYPES, type Coordinates, type ErrorType } from '#pipeline';
import { DEAD_LETTER_STATUSES, type DeadLetterFilter, type DeadLetterStatus } from '#warehouse';
import { JSON_OPTION } from '../commands/operator-command.js';
import { UsageError } from '../failures.js';
import { parseId, parseInteger, parseOffsets, parseTime, parseWord, parseWords } from '../parse.js';

/** Where dead letters are stored. Each is written to the topic first, then to the table. */
export const PLACES = ['table', 'topic'] as const;
export type Place = (typeof PLACES)[number];

export interface SourceOptions {
  from?: Place;
  json?: true;
}

/** Parsed from the command line. */
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

/** Adds the options that choose the source and the output format. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--from <place>',
        'where to read dead letters: table, or topic for the dead-letter topic. With topic, list, show and export ' +
          'need no warehouse; redrive still does, to store nothing twice (default: table)',
      )
        .choices(PLACES)
        .argParser((text) => parseWord('--from', text, PLACES)),
    )
    .option(...JSON_OPTION);
}

/** Adds the options that select dead letters. */
export function addFilterOptions(command: Command): Command {
  return addSourceOptions(command)
    .addOption(
      new Option('--type <type>', 'error type')
        .choices(LETTER_TYPES)
        .argParser((text) => parseWord('--type', text, LETTER_TYPES)),
    )
    .option('--event-type <type>', 'event type that the event names')
    .option('--field <field>', 'field that violates the contract')
    .option('--producer <name>', 'source_service in a header or in the event')
    .option('--topic <topic>', 'source topic')
    .option('--partition <number>', 'source partition', (text) => parseInteger('--partition', text, 0))
    .option('--offset <offsets>', 'source offset, or an inclusive range: 1000-1099', (text) =>
      parseOffsets('--offset', text),
    )
    .option(
      '--since <time>',
      'failed at or after this time: 2026-01-31, 2026-01-31T18:00:00Z, or an age: 90m, 2h, 3d',
      (text) => parseTime('--since', text),
    )
    .option('--until <time>', 'failed before this time', (text) => parseTime('--until', text))
    .option(
      '--status <statuses>',
      `${DEAD_LETTER_STATUSES.join(', ')}, several separated by commas, or all (default: open)`,
      (text) => (text === 'all' ? text : parseWords('--status', text, DEAD_LETTER_STATUSES)),
    );
}

/** Collects the ids of a command line. */
export function addId(text: string, ids: readonly Coordinates[] = []): Coordinates[] {
  return [...ids, parseId(text)];
}

/** The filter for these options; `ids` narrow it further. */
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
 * @throws UsageError if the topic is to be filtered by status, which only the table has
 */
export function readingFilterOf(options: FilterOptions): DeadLetterFilter {
  if (options.from !== 'topic') return filterOf(options);
  if (options.status !== undefined) {
    throw new UsageError('--status: only the table has the status of dead letters; leave out --from topic.');
  }
  return { ...filterOf(options), statuses: null };
}

/** Whether the options select anything. Commands that change letters require a selection or --all. */
export function narrows(options: FilterOptions): boolean {
  const { type, eventType, field, producer, topic, partition, offset, since, until } = options;
  return [type, eventType, field, producer, topic, partition, offset, since, until].some(
    (option) => option !== undefined,
  );
}
