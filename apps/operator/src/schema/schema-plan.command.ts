import { SubCommand } from 'nest-commander';
import { Connections } from '../connections.js';
import { terminal } from '../output/terminal.js';
import { DUCKDB_NEEDS_NONE, schemaOf, SchemaStepsCommand, type SchemaOptions } from './schema-options.js';

@SubCommand({ name: 'plan', description: 'print them as SQL; nothing is connected to' })
export class SchemaPlanCommand extends SchemaStepsCommand {
  override readonly examples = ['schema plan --grant-to SALES_INGESTION'];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run(_none: string[], options: SchemaOptions): Promise<void> {
    const schema = schemaOf(this.connections.settings, options);
    if (options.json) terminal.json({ steps: schema?.steps ?? [] });
    else if (schema === null) terminal.note(DUCKDB_NEEDS_NONE);
    else terminal.line(schema.script.trimEnd());
  }
}
