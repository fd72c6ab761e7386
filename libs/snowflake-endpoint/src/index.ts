export { SnowflakeEndpoint } from './endpoint.js';
export type { ErrorCode, Failure } from './errors.js';
export { LOGIN_ERRORS, SESSION_ERRORS, SQL_ERRORS, SqlError } from './errors.js';
export type { ArmedFault, FaultKind, FaultRule } from './faults.js';
export type { JournalEntry } from './journal.js';
export type { User } from './logins.js';
export type { SnowflakeEndpointOptions } from './options.js';
export type { RowObject } from './seeds.js';
export { PREDECESSOR_TABLES } from './seeds.js';
