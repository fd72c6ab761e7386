import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { Terminal } from '../output/terminal.js';
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

const EXAMPLES = ['checkpoints pass --partition 3 --offset 1042 --through 1061 --yes'];

@Injectable()
export class CheckpointsPassCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'pass',
      'pass over offsets that cannot be read; each becomes a dead letter without content. Without --yes, only report what would change',
      EXAMPLES,
    )
      .requiredOption('--partition <number>', 'partition number', (text) =>
        parseInteger('--partition', text, 0),
      )
      .requiredOption('--offset <offset>', 'first offset to pass over; must be the checkpoint', (text) =>
        parseInteger('--offset', text, 0),
      )
      .option('--through <offset>', 'last offset to pass over (default: only the first)', (text) =>
        parseInteger('--through', text, 0),
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: PassOptions) => this.run(options));
  }

  async run(options: PassOptions): Promise<void> {
    const { partition, offset, through = offset, yes, json } = options;
    const { groupId, topicName } = this.connections.settings.kafka;
    const store = await this.connections.checkpoints();
    const logs = await topicLog(this.connections.kafka(), groupId, topicName);
    const pass = planPass({ partition, offset, through }, logs, await store.read(groupId, topicName));
    // Only one connection can have a DuckDB file open.
    await store.close();
    if (yes === true) {
      await passOver(pass, await this.connections.repository(), this.connections.deadLetterPublisher());
    }
    if (json) {
      this.terminal.json({ changed: yes === true, pass });
      return;
    }
    const { from, to } = pass;
    const count = to - from;
    this.terminal.line(
      `partition ${partition}: ${from} -> ${to}: ${count} ${count === 1 ? 'offset is' : 'offsets are'} passed over; each becomes a dead letter (unreadable) without content`,
    );
    this.terminal.line(
      yes === true
        ? 'Done. A service that holds the partition continues after them once it is restarted.'
        : 'Nothing was changed. Use --yes to apply.',
    );
  }
}
