import { Option, SubCommand } from 'nest-commander';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { terminal } from '../output/terminal.js';
import { parseInteger } from '../parse.js';
import { topicLog } from '../topic-log.js';
import { passOver } from './pass-over.js';
import { planPass } from './pass-plan.js';

interface PassOptions {
  partition: number;
  offset: number;
  through?: number;
  yes?: true;
  json?: true;
}

@SubCommand({
  name: 'pass',
  description:
    'passes over offsets that cannot be read: each becomes a dead letter without content; tells what it would do without --yes',
})
export class CheckpointsPassCommand extends AnsweringCommand {
  override readonly examples = ['checkpoints pass --partition 3 --offset 1042 --through 1061 --yes'];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({ flags: '--partition <number>', description: 'which one', required: true })
  parsePartition(text: string): number {
    return parseInteger('--partition', text, 0);
  }

  @Option({
    flags: '--offset <offset>',
    description: 'the first offset to pass over, where the checkpoint stands',
    required: true,
  })
  parseOffset(text: string): number {
    return parseInteger('--offset', text, 0);
  }

  @Option({ flags: '--through <offset>', description: 'the last one; without it only the first' })
  parseThrough(text: string): number {
    return parseInteger('--through', text, 0);
  }

  @Option({ flags: '--yes', description: 'do it' })
  parseYes(): true {
    return true;
  }

  override async run(_none: string[], options: PassOptions): Promise<void> {
    const { partition, offset, through = offset, yes, json } = options;
    const { groupId, topicName } = this.connections.settings.kafka;
    const store = await this.connections.checkpoints();
    const logs = await topicLog(this.connections.kafka(), groupId, topicName);
    const pass = planPass({ partition, offset, through }, logs, await store.read(groupId, topicName));
    // A DuckDB file lets one of both in.
    await store.close();
    if (yes === true) {
      await passOver(pass, await this.connections.repository(), this.connections.deadLetterPublisher());
    }
    if (json) {
      terminal.json({ changed: yes === true, pass });
      return;
    }
    const { from, to } = pass;
    const count = to - from;
    terminal.line(
      `partition ${partition}: ${from} -> ${to}: ${count} ${count === 1 ? 'offset is' : 'offsets are'} passed over; each becomes a dead letter (unreadable) without content`,
    );
    terminal.line(
      yes === true
        ? 'Done. A service that holds the partition goes on behind them when it is restarted.'
        : 'Nothing was changed; --yes does it.',
    );
  }
}
