import { objectMissing, sqlError } from '../errors.js';
import type { QualifiedName, Statement } from '../sql/parsing/syntax.js';
import { TEXT, TIMESTAMP_LTZ, type SqlType } from '../sql/types.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import type { PipeDefinition, Row } from '../state/tables.js';
import { compilePipe } from '../streaming/row-mapping.js';
import type { Execution } from './execution.js';
import { ddl, requireSchemaPrivilege } from './schema.js';

export async function createPipe(
  { pipe, orReplace, ifNotExists, copy }: Statement & { kind: 'create-pipe' },
  run: Execution,
): Promise<Result> {
  requireSchemaPrivilege('CREATE PIPE', false, run);
  await run.hold();
  const { pipes, schema } = run.catalog(pipe);
  if (pipes.has(pipe.name) && !orReplace) {
    if (ifNotExists) return ddl(`${pipe.name} already exists, statement succeeded.`);
    throw sqlError('objectExists', `SQL compilation error:\nObject '${pipe.name}' already exists.`);
  }
  const table = run.table(copy.table);
  run.require('INSERT', table);
  compilePipe(copy, table, run.json);
  pipes.set(pipe.name, { name: pipe.name, schema, createdAt: new Date(), copy });
  return ddl(`Pipe ${pipe.name} successfully created.`);
}

const COLUMNS: Record<string, SqlType> = {
  created_on: TIMESTAMP_LTZ,
  name: TEXT,
  database_name: TEXT,
  schema_name: TEXT,
  definition: TEXT,
  owner: TEXT,
};

/** SHOW PIPES. A table's default pipe is not a named one. */
export function pipesOf(run: Execution, schema: string | null): { columns: typeof COLUMNS; rows: Row[] } {
  const found = run.shared.schemas.get(schema ?? run.session.schema ?? '');
  if (found === undefined && schema !== null) throw objectMissing(schema);
  return { columns: COLUMNS, rows: [...(found?.pipes.values() ?? [])].map((pipe) => rowOf(pipe, run)) };
}

export function describePipe(name: QualifiedName, run: Execution): Result {
  const pipe = run.catalog(name).pipes.get(name.name);
  if (pipe === undefined) throw objectMissing(name.name);
  return {
    columns: Object.entries(COLUMNS).map(([column, type]) => ({ name: column, type })),
    rows: [rowOf(pipe, run)],
    statementTypeId: STATEMENT_TYPE.select,
  };
}

function rowOf({ name, schema, createdAt, copy }: PipeDefinition, { shared, session }: Execution): Row {
  return [createdAt, name, shared.catalog.database, schema, copy.text, session.role];
}
