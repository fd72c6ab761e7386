import { SubCommand } from 'nest-commander';
import type { Checkpoint } from '#pipeline';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { table } from '../output/table.js';
import { terminal } from '../output/terminal.js';
import { topicLog, type PartitionLog } from '../topic-log.js';

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
] as const;

@SubCommand({
  name: 'list',
  description: 'the checkpoints beside the ends of the logs and the offsets that the group committed',
})
export class CheckpointsListCommand extends AnsweringCommand {
  override readonly examples = ['checkpoints list'];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run(_none: string[], { json }: { json?: true }): Promise<void> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const store = await this.connections.checkpoints();
    const [logs, checkpoints] = await Promise.all([
      topicLog(this.connections.kafka(), groupId, topicName),
      store.read(groupId, topicName),
    ]);
    if (json) {
      terminal.json({ topic: topicName, group: groupId, logs, checkpoints });
      return;
    }
    terminal.line(`topic ${topicName}, group ${groupId}`);
    for (const line of table(COLUMNS, rows(logs, checkpoints))) terminal.line(line);
  }
}

/** Partitions that only one side knows are there as well. */
function rows(logs: readonly PartitionLog[], checkpoints: readonly Checkpoint[]): string[][] {
  const partitions = new Set([...logs, ...checkpoints].map(({ partition }) => partition));
  return [...partitions]
    .sort((one, other) => one - other)
    .flatMap((partition) => {
      const log = logs.find((each) => each.partition === partition);
      const own = checkpoints.filter((each) => each.partition === partition);
      return own.length === 0 ? [cells(partition, log)] : own.map((each) => cells(partition, log, each));
    });
}

function cells(partition: number, log?: PartitionLog, checkpoint?: Checkpoint): string[] {
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
    typeof checkpoint?.lastTimestampMs === 'number'
      ? new Date(checkpoint.lastTimestampMs).toISOString()
      : undefined,
  ].map((cell) => String(cell ?? '-'));
}
