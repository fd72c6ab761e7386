import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { groupClientIds } from '#kafka';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperationError } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import { stillRead } from './still-read.js';

interface ToSqlOptions {
  yes?: true;
  json?: true;
}

const EXAMPLES = ['checkpoints to-sql --yes'];

@Injectable()
export class CheckpointsToSqlCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'to-sql',
      'hand the partitions from SNOWFLAKE_INGEST=streaming over to sql while no ingester runs. Without --yes, only report what would change',
      EXAMPLES,
    )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: ToSqlOptions) => this.run(options));
  }

  async run({ yes, json }: ToSqlOptions): Promise<void> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const members = await groupClientIds(this.connections.kafka(), groupId);
    if (yes === true && members.length > 0) throw stillRead(groupId, members);
    const store = await this.connections.checkpoints();
    if (store.handOver === undefined) {
      throw new OperationError('SNOWFLAKE_INGEST is not streaming: there is nothing to hand over.');
    }
    const partitions =
      yes === true ? await store.handOver(groupId, topicName) : await store.read(groupId, topicName);
    if (json) {
      this.terminal.json({ changed: yes === true, partitions });
      return;
    }
    for (const { partition, nextOffset } of partitions) {
      this.terminal.line(`partition ${partition}: the SQL engine continues at ${nextOffset}`);
    }
    this.terminal.line(
      yes === true
        ? 'Done. Start the service with SNOWFLAKE_INGEST=sql.'
        : 'Nothing was changed. Use --yes to apply.',
    );
    if (yes !== true && members.length > 0) {
      this.terminal.line(`Stop the ingesters first: the group has ${members.length}.`);
    }
  }
}
