import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { coordinatesText } from '#pipeline';
import { groupJson, time } from '#redrive';
import {
  DEAD_LETTER_STATUSES,
  GROUPINGS,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterStatus,
  type Grouping,
} from '#warehouse';
import { Connections } from '../connections.js';
import type { TableColumn } from '../output/table.js';
import { Terminal } from '../output/terminal.js';
import { parseWords } from '../parse.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { addFilterOptions, readingFilterOf, type FilterOptions } from './filter-options.js';
import { lettersText } from './letters.js';

const DEFAULT_GROUPING: Grouping[] = ['type', 'event-type', 'field', 'producer'];

interface ListOptions extends FilterOptions {
  by?: Grouping[];
}

const EXAMPLES = [
  'dead-letters list',
  'dead-letters list --by type,hour --since 1d',
  'dead-letters list --field customer_id --json',
];

@Injectable()
export class ListCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addFilterOptions(
      command(
        'list',
        'count dead letters by kind, with the times of the first and the last, and the coordinates of the newest',
        EXAMPLES,
      ),
    )
      .option(
        '--by <groupings>',
        `${GROUPINGS.join(', ')}, several separated by commas (default: ${DEFAULT_GROUPING.join(',')})`,
        (text) => parseWords('--by', text, GROUPINGS),
      )
      .action((options: ListOptions) => this.run(options));
  }

  async run(options: ListOptions): Promise<void> {
    const filter = readingFilterOf(options);
    const by = options.by ?? DEFAULT_GROUPING;
    const { groups, summary, text } =
      options.from === 'topic' ? await this.#ofTopic(filter, by) : await this.#ofTable(filter, by);
    if (options.json) {
      this.terminal.json({ ...summary, by, groups: groups.map(groupJson) });
      return;
    }
    this.terminal.line(text);
    if (groups.length === 0) return;
    this.terminal.line('');
    this.terminal.table(
      columns(by),
      groups.map((group) => cells(group, by)),
    );
  }

  async #ofTable(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<Listed> {
    const store = await this.connections.deadLetters();
    const counts = await store.count({ ...filter, statuses: null });
    const groups = await store.groups(filter, by);
    const hidden = groups.length === 0 && Object.values(counts).some((count) => count > 0);
    const none = `\nNone of them is ${filter.statuses?.join(' or ') ?? 'there'}; --status all lists every one.`;
    return { groups, summary: { counts }, text: countsText(counts) + (hidden ? none : '') };
  }

  async #ofTopic(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<Listed> {
    const letters = await this.connections.deadLetterTopic();
    const { count, groups } = await letters.survey(filter, by);
    for (const remark of letters.remarks()) this.terminal.note(remark);
    const { topic, foreign, waiting } = letters;
    return {
      groups,
      summary: { topic, count, foreign, waiting },
      text: `${lettersText(count)} in topic ${topic}`,
    };
  }
}

/** The result: a summary for JSON, and one line of text for people. */
interface Listed {
  groups: DeadLetterGroup[];
  summary: object;
  text: string;
}

/** `12 dead letters: 10 open, 2 redriven, 0 stored, 0 resolved` */
function countsText(counts: Record<DeadLetterStatus, number>): string {
  const parts = DEAD_LETTER_STATUSES.map((status) => `${counts[status].toLocaleString('en')} ${status}`);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return total === 0 ? lettersText(0) : `${lettersText(total)}: ${parts.join(', ')}`;
}

const TITLES: Record<Grouping, string> = {
  type: 'TYPE',
  'event-type': 'EVENT TYPE',
  field: 'FIELD',
  producer: 'PRODUCER',
  hour: 'HOUR',
};

function columns(by: readonly Grouping[]): TableColumn[] {
  return [
    { title: 'COUNT', align: 'right' },
    ...by.map((grouping) => ({ title: TITLES[grouping] })),
    ...['FIRST', 'LAST', 'NEWEST'].map((title) => ({ title })),
  ];
}

function cells(group: DeadLetterGroup, by: readonly Grouping[]): string[] {
  const grouped: Record<Grouping, string | null | undefined> = {
    type: group.type,
    'event-type': group.eventType,
    field: group.field,
    producer: group.producer,
    hour:
      group.hourMs === undefined ? undefined : time(group.hourMs).slice(0, 13).replace('T', ' ').concat('h'),
  };
  return [
    group.count.toLocaleString('en'),
    ...by.map((grouping) => grouped[grouping] ?? '-'),
    seconds(group.firstFailedAtMs),
    seconds(group.lastFailedAtMs),
    coordinatesText(group.last),
  ];
}

/** `2026-01-31 18:00:00Z` */
function seconds(ms: number): string {
  return time(ms).replace('T', ' ').replace(/\.\d+/, '');
}
