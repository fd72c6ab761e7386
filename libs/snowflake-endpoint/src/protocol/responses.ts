import type { Failure } from '../errors.js';
import type { Result } from '../state/result.js';
import type { Session } from '../state/sessions.js';
import type { SqlType, SqlValue } from '../sql/types.js';
import { Variant } from '../sql/types.js';

export interface ResponseBody {
  data: object | null;
  code: string | null;
  message: string | null;
  success: boolean;
}

export function resultBody(result: Result, queryId: string, session: Session): ResponseBody {
  const { columns, rows, statementTypeId } = result;
  return succeeded({
    parameters: parametersOf(session),
    rowtype: columns.map(({ name, type }) => rowType(name, type)),
    rowset: rows.map((row) => row.map((value, index) => wireValue(value, columns[index]?.type))),
    total: rows.length,
    returned: rows.length,
    queryId,
    databaseProvider: null,
    finalDatabaseName: session.database,
    finalSchemaName: session.schema,
    finalWarehouseName: session.warehouse,
    finalRoleName: session.role,
    numberOfBinds: 0,
    arrayBindSupported: false,
    statementTypeId,
    version: 1,
    queryResultFormat: 'json',
  });
}

export function errorBody({ code, sqlState, message }: Failure, queryId: string): ResponseBody {
  return {
    data: { internalError: false, errorCode: code, age: 0, sqlState, queryId, line: -1, pos: -1 },
    code,
    message,
    success: false,
  };
}

/** The statement is still running; the driver polls `getResultUrl` for its result. */
export function inProgressBody(queryId: string): ResponseBody {
  return {
    data: {
      queryId,
      getResultUrl: `/queries/${queryId}/result`,
      progressDesc: null,
      queryAbortsAfterSecs: 300,
    },
    code: '333333',
    message: 'Query execution in progress.',
    success: true,
  };
}

export function loginBody(session: Session): ResponseBody {
  const { database, schema, warehouse, role } = session;
  return succeeded({
    token: session.token,
    masterToken: session.masterToken,
    validityInSeconds: 3600,
    masterValidityInSeconds: 14_400,
    displayUserName: session.user,
    serverVersion: '10.0.0',
    firstLogin: false,
    remMeToken: null,
    healthCheckInterval: 45,
    sessionId: session.id,
    parameters: parametersOf(session),
    sessionInfo: { databaseName: database, schemaName: schema, warehouseName: warehouse, roleName: role },
  });
}

export function renewedBody({ token, masterToken, id }: Session): ResponseBody {
  return succeeded({
    sessionToken: token,
    validityInSecondsST: 3600,
    masterToken,
    validityInSecondsMT: 14_400,
    sessionId: id,
  });
}

export function succeeded(data: object | null): ResponseBody {
  return { data, code: null, message: null, success: true };
}

export function refused({ code, message }: { code: string; message: string }): ResponseBody {
  return { data: null, code, message, success: false };
}

/** What the driver needs to read rows, and the settings that it adopts for its whole process. */
function parametersOf(session: Session): { name: string; value: unknown }[] {
  return [
    { name: 'TIMEZONE', value: session.parameter('TIMEZONE') },
    { name: 'TIMESTAMP_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM' },
    { name: 'TIMESTAMP_NTZ_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3' },
    { name: 'TIMESTAMP_LTZ_OUTPUT_FORMAT', value: '' },
    { name: 'TIMESTAMP_TZ_OUTPUT_FORMAT', value: '' },
    { name: 'DATE_OUTPUT_FORMAT', value: 'YYYY-MM-DD' },
    { name: 'TIME_OUTPUT_FORMAT', value: 'HH24:MI:SS' },
    { name: 'BINARY_OUTPUT_FORMAT', value: 'HEX' },
    { name: 'CLIENT_SESSION_KEEP_ALIVE', value: session.flag('CLIENT_SESSION_KEEP_ALIVE') },
    { name: 'QUERY_CONTEXT_CACHE_SIZE', value: 5 },
  ];
}

function rowType(name: string, type: SqlType) {
  return {
    name,
    database: '',
    schema: '',
    table: '',
    nullable: true,
    type: type.name,
    length: type.length ?? null,
    byteLength: type.length ?? null,
    precision: type.precision ?? null,
    scale: type.scale ?? (type.name === 'fixed' ? 0 : null),
    collation: null,
  };
}

function wireValue(value: SqlValue, type: SqlType | undefined): string | null {
  if (value === null) return null;
  if (value instanceof Variant) return value.text;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (!(value instanceof Date)) return String(value);
  const milliseconds = value.getTime();
  if (type?.name === 'date') return String(Math.floor(milliseconds / 86_400_000));
  const seconds = (milliseconds / 1000).toFixed(9);
  // 1440 is the index of UTC, in minutes.
  return type?.name === 'timestamp_tz' ? `${seconds} 1440` : seconds;
}
