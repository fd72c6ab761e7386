import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { Terminal } from '../output/terminal.js';
import { addSchemaOptions, DUCKDB_NEEDS_NONE, schemaOf, type SchemaOptions } from './schema-options.js';

const EXAMPLES = ['schema plan --grant-to SALES_INGESTION', 'schema plan --analytics'];

@Injectable()
export class SchemaPlanCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addSchemaOptions(command('plan', 'print the SQL statements without connecting', EXAMPLES)).action(
      (options: SchemaOptions) => {
        this.run(options);
      },
    );
  }

  run(options: SchemaOptions): void {
    const schema = schemaOf(this.connections.settings, options);
    if (options.json) this.terminal.json({ steps: schema?.steps ?? [] });
    else if (schema === null) this.terminal.note(DUCKDB_NEEDS_NONE);
    else this.terminal.line(schema.script.trimEnd());
  }
}
