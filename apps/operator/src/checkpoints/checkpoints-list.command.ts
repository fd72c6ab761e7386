import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { timeText } from '#pipeline';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { printable } from '#terminal';
import { Terminal } from '../output/terminal.js';
import { topicLog, waitingText } from '../topic-log.js';
import { listed, type ListedPartition } from './listed-partition.js';

const COLUMNS = [
  { title: 'partition' },
  { title: 'log', align: 'right' },
  { title: 'committed', align: 'right' },
  { title: 'checkpoint', align: 'right' },
  { title: 'lag', align: 'right' },
  { title: 'stored', align: 'right' },
  { title: 'dead-lettered', align: 'right' },
  { title: 'skipped', align: 'right' },
  { title: 'gaps', align: 'right' },
  { title: 'lost', align: 'right' },
  { title: 'last event' },
  { title: 'written' },
  { title: 'table' },
] as const;

interface ListOptions {
  topic?: string;
  group?: string;
  json?: true;
}

const EXAMPLES = ['checkpoints list'];

@Injectable()
export class CheckpointsListCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'list',
      'list the checkpoints beside the ends of the logs and the committed offsets',
      EXAMPLES,
    )
      .option('--topic <name>', 'topic to use instead of KAFKA_TOPIC_NAME')
      .option('--group <id>', 'group to use instead of KAFKA_GROUP_ID')
      .option(...JSON_OPTION)
      .action((options: ListOptions) => this.run(options));
  }

  async run(options: ListOptions): Promise<void> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const { topic = topicName, group = groupId } = options;
    const store = await this.connections.checkpoints();
    const [logs, checkpoints] = await Promise.all([
      topicLog(this.connections.kafka(), group, topic),
      store.read(group, topic),
    ]);
    const partitions = listed(logs, checkpoints);
    if (options.json) this.terminal.json({ topic, group, partitions });
    else print(topic, group, partitions, this.terminal);
  }
}

function print(
  topic: string,
  group: string,
  partitions: readonly ListedPartition[],
  terminal: Terminal,
): void {
  terminal.line(`topic ${printable(topic)}, group ${printable(group)}`);
  terminal.table(COLUMNS, partitions.map(cells));
  for (const { partition, problems } of partitions) {
    for (const problem of problems)
      terminal.line(terminal.styled('red', `✗ partition ${partition}: ${problem}`));
  }
  for (const { partition, log } of partitions) {
    const waiting = waitingText(log);
    if (waiting !== null) terminal.line(terminal.styled('yellow', `⏳ partition ${partition}: ${waiting}`));
  }
}

function cells({ partition, log, checkpoint }: ListedPartition): string[] {
  return [
    partition,
    log && `${log.start}-${log.end}`,
    log?.committed,
    checkpoint && `${checkpoint.firstOffset}-${checkpoint.nextOffset}`,
    log && checkpoint && log.end - checkpoint.nextOffset,
    checkpoint?.stored,
    checkpoint?.deadLettered,
    checkpoint?.skipped,
    checkpoint?.gaps,
    checkpoint?.lost,
    typeof checkpoint?.lastTimestampMs === 'number' ? timeText(checkpoint.lastTimestampMs) : null,
    checkpoint && timeText(checkpoint.updatedAtMs),
    checkpoint?.heldIn,
  ].map((cell) => String(cell ?? '-'));
}
