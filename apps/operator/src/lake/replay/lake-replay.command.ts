import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { OperationError } from '../../failures.js';
import { parseInteger, parseTime } from '../../parse.js';
import { withLake } from '../open-lake.js';
import { TopicReplay } from '../republish/topic-replay.js';
import { lakeLogs, type LakeAccess } from './lake-log.js';
import { LeftOut } from './left-out.js';
import {
  checkSelection,
  isSelected,
  namesOffsets,
  parseOffsetSpans,
  parsePartitions,
  spansOf,
  type Selection,
} from './span.js';
import { WarehouseReplay } from './warehouse-replay.js';

interface ReplayOptions {
  partitions?: number[];
  offsets?: Selection['offsets'];
  since?: number;
  until?: number;
  toTopic?: string;
  skipUnreadable?: true;
  rate?: number;
  yes?: true;
  json?: true;
}

const EXAMPLES = [
  'lake replay',
  'lake replay --yes',
  'lake replay --partitions 0-2,5 --rate 5000 --yes',
  'lake replay --offsets 3:104200-104999 --yes',
  'lake replay --since 2026-01-30T18:00:00Z --until 2026-01-31 --yes',
  'lake replay --to-topic sales_events_again --partitions 3 --yes',
];

@Injectable()
export class LakeReplayCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly warehouse: WarehouseReplay,
    private readonly topic: TopicReplay,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'replay',
      "store the lake's records in the warehouse, exactly once, as the service does: from its checkpoints on, and of a span also what the tables have lost below them. Without --yes, only report what would be read",
      EXAMPLES,
    )
      .option('--partition, --partitions <list>', 'only these partitions: 3, 0-2 or 0-2,5', (text) =>
        parsePartitions('--partitions', text),
      )
      .option(
        '--offsets <ranges>',
        'a span: 1000-1999 or 1000- in each partition, or 3:1000-1999,5:0- in these',
        (text) => parseOffsetSpans('--offsets', text),
      )
      .option(
        '--since <time>',
        'a span from the first record of this time or later: 2026-01-31, 2026-01-31T18:00:00Z, or an age: 90m, 2h, 3d',
        (text) => parseTime('--since', text),
      )
      .option('--until <time>', 'a span up to the first record of this time or later', (text) =>
        parseTime('--until', text),
      )
      .option(
        '--to-topic <name>',
        'write the records to the same partitions of this topic instead, with their timestamps, keys and headers, each once',
      )
      .option(
        '--skip-unreadable',
        'go on past objects that are missing and lines that cannot be read, and report what was left out',
      )
      .option('--rate <number>', 'at most this many records per second', (text) =>
        parseInteger('--rate', text, 1),
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: ReplayOptions) => this.run(options));
  }

  async run({ partitions, offsets, since, until, toTopic, ...options }: ReplayOptions): Promise<void> {
    const selection: Selection = {
      ...(partitions && { partitions }),
      ...(offsets && { offsets }),
      ...(since !== undefined && { sinceMs: since }),
      ...(until !== undefined && { untilMs: until }),
    };
    checkSelection(selection);
    const { rate = Infinity, yes = false, json = false, skipUnreadable } = options;
    const { lake: settings, kafka } = this.connections.recordsPart;
    await withLake(settings, async (lake) => {
      const access: LakeAccess = { lake, leftOut: skipUnreadable === true ? new LeftOut() : null };
      const logs = await lakeLogs(access, kafka.topicName, (partition) => isSelected(selection, partition));
      const spans = await spansOf(access, logs, selection);
      if (spans.length === 0)
        throw new OperationError(
          `The lake in ${lake.store.location} has no objects of ${kafka.topicName} there.`,
        );
      const request = { spans, isNamed: namesOffsets(selection), rate, yes, json };
      if (toTopic === undefined) await this.warehouse.run(access, request);
      else await this.topic.run(access, toTopic, request);
    });
  }
}
