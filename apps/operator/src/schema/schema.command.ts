import { Command } from 'nest-commander';
import { CommandGroup } from '../commands/operator-command.js';
import { SchemaApplyCommand } from './schema-apply.command.js';
import { SchemaPlanCommand } from './schema-plan.command.js';

@Command({
  name: 'schema',
  description: 'the tables, the view and the grants that the service needs in the warehouse',
  subCommands: [SchemaPlanCommand, SchemaApplyCommand],
})
export class SchemaCommand extends CommandGroup {}
