import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { SchemaApplyCommand } from './schema-apply.command.js';
import { SchemaPlanCommand } from './schema-plan.command.js';

@Injectable()
export class SchemaCommand extends OperatorCommand {
  constructor(
    private readonly plan: SchemaPlanCommand,
    private readonly apply: SchemaApplyCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup(
      'schema',
      'create the tables, the view and the grants that the service needs in the warehouse',
      [this.plan, this.apply],
    );
  }
}
