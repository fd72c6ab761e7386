import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { CheckpointsListCommand } from './checkpoints-list.command.js';
import { CheckpointsPassCommand } from './checkpoints-pass.command.js';
import { CheckpointsSetCommand } from './checkpoints-set.command.js';
import { CheckpointsToSqlCommand } from './checkpoints-to-sql.command.js';

@Injectable()
export class CheckpointsCommand extends OperatorCommand {
  constructor(
    private readonly list: CheckpointsListCommand,
    private readonly pass: CheckpointsPassCommand,
    private readonly set: CheckpointsSetCommand,
    private readonly toSql: CheckpointsToSqlCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup('checkpoints', 'list and move the offsets at which the service continues reading', [
      this.list,
      this.pass,
      this.set,
      this.toSql,
    ]);
  }
}
