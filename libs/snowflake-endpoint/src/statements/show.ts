import { likePattern } from '../sql/evaluation/compare.js';
import { compilationError, objectMissing } from '../errors.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import type { Statement } from '../sql/parsing/syntax.js';
import type { SqlType } from '../sql/types.js';
import { asText, FIXED, TEXT, TIMESTAMP_LTZ, typeText } from '../sql/types.js';
import { RowLock, type Row, type Table } from '../state/tables.js';
import type { Execution } from './execution.js';
import { describePipe, pipesOf } from './pipes.js';

type Show = Statement & { kind: 'show' };

/** SHOW names its columns in lower case. */
export async function show(statement: Show, run: Execution): Promise<Result> {
  await run.hold();
  const listing = LISTINGS[statement.what];
  if (listing === undefined) throw compilationError(`Unsupported SHOW ${statement.what}.`);
  const { columns, rows } = listing(statement, run);
  const { like } = statement;
  const pattern = like === null ? null : likePattern(like, true);
  const place = Object.keys(columns).indexOf(statement.what === 'COLUMNS' ? 'column_name' : 'name');
  return {
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    rows: pattern === null ? rows : rows.filter((row) => pattern.test(asText(row[place] ?? null) ?? '')),
    statementTypeId: STATEMENT_TYPE.select,
  };
}

export async function describe(
  { what, name }: Statement & { kind: 'describe' },
  run: Execution,
): Promise<Result> {
  await run.hold();
  if (what === 'PIPE') return describePipe(name, run);
  return describeTable(run.table(name));
}

function describeTable({ columns, hybridKey }: Table): Result {
  const rows = columns.map(({ name, type, nullable, defaultText }) => {
    const isKey = hybridKey?.includes(name) === true;
    return [name, typeText(type), 'COLUMN', yesNo(nullable), defaultText, yesNo(isKey)];
  });
  return {
    columns: ['name', 'type', 'kind', 'null?', 'default', 'primary key'].map((name) => ({
      name,
      type: TEXT,
    })),
    rows,
    statementTypeId: STATEMENT_TYPE.select,
  };
}

function yesNo(value: boolean): string {
  return value ? 'Y' : 'N';
}

/** The tables of the session's schema, or of the named one, which must exist. */
function tablesOf({ shared, session }: Execution, named: string | null = null): Table[] {
  const found = shared.schemas.get(named ?? session.schema ?? '');
  if (found === undefined && named !== null) throw objectMissing(named);
  return [...(found?.tables.values() ?? [])];
}

const LISTINGS: Record<
  string,
  (statement: Show, run: Execution) => { columns: Record<string, SqlType>; rows: Row[] }
> = {
  COLUMNS: ({ table: name }, run) => {
    const tables = name === null ? tablesOf(run) : [run.table(name)];
    const rows = tables.flatMap((table) =>
      table.columns.map(({ name: column, type, nullable }) => [
        table.name,
        run.session.schema,
        column,
        JSON.stringify({ type: type.name.toUpperCase(), nullable, ...type, name: undefined }),
        String(nullable),
        'COLUMN',
      ]),
    );
    return {
      columns: {
        table_name: TEXT,
        schema_name: TEXT,
        column_name: TEXT,
        data_type: TEXT,
        'null?': TEXT,
        kind: TEXT,
      },
      rows,
    };
  },
  TABLES: ({ schema }, run) => ({
    columns: {
      created_on: TIMESTAMP_LTZ,
      name: TEXT,
      database_name: TEXT,
      schema_name: TEXT,
      kind: TEXT,
      rows: FIXED,
      is_hybrid: TEXT,
    },
    rows: tablesOf(run, schema).map((table) => [
      new Date(0),
      table.name,
      run.session.database,
      schema ?? run.session.schema,
      'TABLE',
      table.count,
      yesNo(table.hybridKey !== null),
    ]),
  }),
  PIPES: ({ schema }, run) => pipesOf(run, schema),
  TRANSACTIONS: (_statement, { session, shared }) => ({
    columns: {
      id: FIXED,
      user: TEXT,
      session: FIXED,
      name: TEXT,
      started_on: TIMESTAMP_LTZ,
      state: TEXT,
      scope: FIXED,
    },
    rows: shared
      .openTransactions()
      .filter(({ user }) => user === session.user)
      .map(({ id, user, sessionId, startedAt }) => [
        id,
        user,
        sessionId,
        `tx-${id}`,
        startedAt,
        'running',
        0,
      ]),
  }),
  LOCKS: (_statement, { session, shared }) => ({
    columns: {
      resource: TEXT,
      type: TEXT,
      transaction: FIXED,
      transaction_started_on: TIMESTAMP_LTZ,
      status: TEXT,
      acquired_on: TIMESTAMP_LTZ,
      query_id: TEXT,
    },
    rows: shared.locks
      .listShown()
      .filter(({ transaction }) => transaction.user === session.user)
      .map(({ resource, transaction, holder, queryId, acquiredAt }) => {
        const isRow = resource instanceof RowLock;
        return [
          // A row lock names its holder, neither the table nor the time.
          isRow ? holder.id : [session.database, session.schema, resource.name].join('.'),
          isRow ? 'ROW' : 'PARTITIONS',
          transaction.id,
          transaction.startedAt,
          acquiredAt === null ? 'WAITING' : 'HOLDING',
          isRow ? null : acquiredAt,
          queryId,
        ];
      }),
  }),
  PARAMETERS: (_statement, { session }) => ({
    columns: { key: TEXT, value: TEXT, name: TEXT },
    rows: [...session.parameters].map(([name, value]) => [name, value, name]),
  }),
  /** The role has all privileges except revoked ones. */
  GRANTS: ({ table: name }, run) => {
    const tables = name === null ? tablesOf(run) : [run.table(name)];
    const rows = tables.flatMap((table) =>
      ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']
        .filter((privilege) => !run.shared.revoked.has(`${privilege} ${table.name}`))
        .map((privilege) => [privilege, 'TABLE', table.name, 'ROLE', run.session.role]),
    );
    return {
      columns: { privilege: TEXT, granted_on: TEXT, name: TEXT, granted_to: TEXT, grantee_name: TEXT },
      rows,
    };
  },
};
