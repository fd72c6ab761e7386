import { SubCommand } from 'nest-commander';
import { Connections } from '../connections.js';
import { terminal } from '../output/terminal.js';
import { DUCKDB_NEEDS_NONE, schemaOf, SchemaStepsCommand, type SchemaOptions } from './schema-options.js';

@SubCommand({ name: 'apply', description: 'make what is missing of them; what is there stays as it is' })
export class SchemaApplyCommand extends SchemaStepsCommand {
  override readonly examples = [
    'schema apply --grant-to SALES_INGESTION',
    'schema apply --analytics analytics',
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run(_none: string[], options: SchemaOptions): Promise<void> {
    const schema = schemaOf(this.connections.settings, options);
    await schema?.apply(({ what }) => {
      if (!options.json) terminal.line(`${terminal.styled('green', 'done')}  ${what}`);
    });
    if (options.json) terminal.json({ applied: schema?.steps ?? [] });
    else if (schema === null) terminal.note(DUCKDB_NEEDS_NONE);
  }
}
