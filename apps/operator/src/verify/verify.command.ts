import { Command } from 'nest-commander';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { EXIT_FAILED } from '../failures.js';
import { table } from '../output/table.js';
import { terminal } from '../output/terminal.js';
import { topicLog } from '../topic-log.js';
import { reports, type PartitionReport } from './verdict.js';

const COLUMNS = [
  { title: 'partition' },
  { title: 'log', align: 'right' },
  { title: 'committed', align: 'right' },
  { title: 'checkpoint', align: 'right' },
  { title: 'stored', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'dead-lettered', align: 'right' },
  { title: 'dead letters', align: 'right' },
  { title: 'skipped', align: 'right' },
  { title: 'gaps', align: 'right' },
  { title: 'lost', align: 'right' },
  { title: 'lag', align: 'right' },
] as const;

@Command({
  name: 'verify',
  description:
    'compares Kafka, the checkpoints and the tables, and says what is missing or double; writes nothing',
})
export class VerifyCommand extends AnsweringCommand {
  override readonly examples = ['verify', 'verify --json'];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run(_none: string[], options: { json?: true }): Promise<void> {
    const { kafka } = this.connections.settings;
    const reader = await this.connections.ledger();
    const [logs, ledgers] = await Promise.all([
      topicLog(this.connections.kafka(), kafka.groupId, kafka.topicName),
      reader.read(kafka.groupId, kafka.topicName),
    ]);
    const partitions = reports(logs, ledgers);
    const isComplete = partitions.every(({ problems }) => problems.length === 0);
    if (options.json)
      terminal.json({ complete: isComplete, topic: kafka.topicName, group: kafka.groupId, partitions });
    else print(partitions, isComplete);
    if (!isComplete) process.exitCode = EXIT_FAILED;
  }
}

function print(partitions: readonly PartitionReport[], isComplete: boolean): void {
  for (const line of table(COLUMNS, partitions.map(cells))) terminal.line(line);
  terminal.line('');
  for (const { partition, problems } of partitions) {
    for (const problem of problems)
      terminal.line(terminal.styled('red', `✗ partition ${partition}: ${problem}`));
  }
  if (isComplete) {
    terminal.line(terminal.styled('green', '✓ complete: what the checkpoints say is done is there, once'));
  }
}

function cells({ partition, log, ledger }: PartitionReport): string[] {
  const [checkpoint] = ledger?.checkpoints ?? [];
  return [
    partition,
    log === null ? undefined : `${log.start}-${log.end}`,
    log?.committed,
    checkpoint === undefined ? undefined : `${checkpoint.firstOffset}-${checkpoint.nextOffset}`,
    checkpoint?.stored,
    ledger?.rows,
    checkpoint?.deadLettered,
    ledger?.deadLetters,
    checkpoint?.skipped,
    checkpoint?.gaps,
    checkpoint?.lost,
    log === null || checkpoint === undefined ? undefined : log.end - checkpoint.nextOffset,
  ].map((cell) => String(cell ?? '-'));
}
