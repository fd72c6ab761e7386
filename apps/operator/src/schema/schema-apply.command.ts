import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import type { SchemaStatement } from '#warehouse';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { Terminal } from '../output/terminal.js';
import { addSchemaOptions, DUCKDB_NEEDS_NONE, schemaOf, type SchemaOptions } from './schema-options.js';

const EXAMPLES = [
  'schema apply --grant-to SALES_INGESTION',
  'schema apply --grant-to SALES_INGESTION --checkpoints hybrid',
  'schema apply --analytics',
];

@Injectable()
export class SchemaApplyCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addSchemaOptions(
      command(
        'apply',
        'create whatever is missing; existing objects stay unchanged, except views that --analytics replaces',
        EXAMPLES,
      ),
    ).action((options: SchemaOptions) => this.run(options));
  }

  async run(options: SchemaOptions): Promise<void> {
    const schema = schemaOf(this.connections.settings, options);
    const applied: SchemaStatement[] = [];
    await schema?.apply((step) => {
      applied.push(step);
      if (!options.json) this.terminal.line(`${this.terminal.styled('green', 'done')}  ${step.what}`);
    });
    if (options.json) this.terminal.json({ applied });
    else if (schema === null) this.terminal.note(DUCKDB_NEEDS_NONE);
  }
}
