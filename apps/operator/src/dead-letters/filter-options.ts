import { Option } from 'nest-commander';
import { LETTER_TYPES, type Coordinates, type ErrorType } from '#pipeline';
import { DEAD_LETTER_STATUSES, type DeadLetterFilter, type DeadLetterStatus } from '#warehouse';
import { AnsweringCommand } from '../commands/operator-command.js';
import { UsageError } from '../failures.js';
import { parseInteger, parseOffsets, parseTime, parseWord, parseWords } from '../parse.js';

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

/** A command that reads dead letters from the table, or from the topic, which needs no warehouse. */
export abstract class SourceCommand extends AnsweringCommand {
  @Option({
    flags: '--from <place>',
    description:
      'table, or topic: the dead-letter topic, for which list, show and export need no warehouse; ' +
      'redrive does, so that nothing is stored twice (default: table)',
    choices: [...PLACES],
  })
  parseFrom(text: string): Place {
    return parseWord('--from', text, PLACES);
  }
}

/** A command that works on the dead letters which the options choose. */
export abstract class FilteringCommand extends SourceCommand {
  @Option({
    flags: '--type <type>',
    description: 'why they could not be stored',
    choices: [...LETTER_TYPES],
  })
  parseType(text: string): ErrorType {
    return parseWord('--type', text, LETTER_TYPES);
  }

  @Option({ flags: '--event-type <type>', description: 'the event type that they name' })
  parseEventType(text: string): string {
    return text;
  }

  @Option({ flags: '--field <field>', description: 'a field that is not as the contract says' })
  parseField(text: string): string {
    return text;
  }

  @Option({ flags: '--producer <name>', description: 'the source_service of their header or their event' })
  parseProducer(text: string): string {
    return text;
  }

  @Option({ flags: '--topic <topic>', description: 'the topic that they came from' })
  parseTopic(text: string): string {
    return text;
  }

  @Option({ flags: '--partition <number>', description: 'the partition that they came from' })
  parsePartition(text: string): number {
    return parseInteger('--partition', text, 0);
  }

  @Option({ flags: '--offset <offsets>', description: 'an offset, or a first and a last one: 1000-1099' })
  parseOffset(text: string): { first: number; last: number } {
    return parseOffsets('--offset', text);
  }

  @Option({
    flags: '--since <time>',
    description: 'failed then or later: 2026-01-31, 2026-01-31T18:00:00Z, or how long ago: 90m, 2h, 3d',
  })
  parseSince(text: string): number {
    return parseTime('--since', text);
  }

  @Option({ flags: '--until <time>', description: 'failed before then' })
  parseUntil(text: string): number {
    return parseTime('--until', text);
  }

  @Option({
    flags: '--status <statuses>',
    description: `${DEAD_LETTER_STATUSES.join(', ')}, several with commas between, or all (default: open)`,
  })
  parseStatus(text: string): DeadLetterStatus[] | 'all' {
    return text === 'all' ? text : parseWords('--status', text, DEAD_LETTER_STATUSES);
  }
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
