/** A code with its SQL state; Snowflake reports them together: `000625 (57014)`. */
export interface ErrorCode {
  code: string;
  sqlState: string;
}

/** An error with Snowflake's message. */
export interface Failure extends ErrorCode {
  message: string;
}

/** The failure of a statement. */
export class SqlError extends Error {
  override name = 'SqlError';
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/**
 * Error codes of statements. Each was seen in Snowflake's documentation, in its drivers' tests or in public user reports.
 * `Unconfirmed` marks those for which only the code was found, not the text or the state.
 */
export const SQL_ERRORS = {
  compilation: { code: '001003', sqlState: '42000' },
  /** Unconfirmed state: ALTER SESSION SET of an unknown parameter. */
  invalidParameter: { code: '001420', sqlState: '42000' },
  invalidIdentifier: { code: '000904', sqlState: '42000' },
  objectExists: { code: '002002', sqlState: '42710' },
  objectMissing: { code: '002003', sqlState: '42S02' },
  typeMismatch: { code: '002023', sqlState: '22000' },
  insufficientPrivileges: { code: '003001', sqlState: '42501' },
  canceled: { code: '000604', sqlState: '57014' },
  noActiveWarehouse: { code: '000606', sqlState: '57P03' },
  /** Unconfirmed: the warehouse is suspended and has no AUTO_RESUME. */
  warehouseSuspended: { code: '000608', sqlState: '57P03' },
  /** Too many statements wait for one lock. */
  tooManyWaiters: { code: '000625', sqlState: '57014' },
  /** LOCK_TIMEOUT passed. */
  lockTimeout: { code: '000627', sqlState: '57014' },
  /** Unknown: no public source names the code of HYBRID_TABLE_LOCK_TIMEOUT. This one is made up. */
  rowLockTimeout: { code: '299999', sqlState: '57014' },
  /** The primary key of a hybrid table. */
  keyExists: { code: '200001', sqlState: '22000' },
  /** Seen for other features; the text, for hybrid tables. */
  unsupportedFeature: { code: '000002', sqlState: '0A000' },
  statementTimeout: { code: '000630', sqlState: '57014' },
  /** Unconfirmed text: an internal error; here, of the endpoint. */
  internal: { code: '000603', sqlState: 'XX000' },
  noCurrentDatabase: { code: '090105', sqlState: '22000' },
  noCurrentSchema: { code: '090106', sqlState: '22000' },
  warehouseOverQuota: { code: '090073', sqlState: '22000' },
  /** Reported for a transaction that something else ended. Unconfirmed state, and for TRANSACTION_ABORT_ON_ERROR. */
  transactionAborted: { code: '000615', sqlState: '57014' },
  numericNotRecognized: { code: '100038', sqlState: '22018' },
  jsonNotParsed: { code: '100069', sqlState: '22P02' },
  variantCastFailed: { code: '100071', sqlState: '22000' },
  nullInRequiredColumn: { code: '100072', sqlState: '22000' },
  stringTooLong: { code: '100078', sqlState: '22000' },
} as const satisfies Record<string, ErrorCode>;

/** Errors of a login. They have no SQL state. The texts are from user reports. */
export const LOGIN_ERRORS = {
  wrongPassword: { code: '390100', message: 'Incorrect username or password was specified.' },
  userDisabled: { code: '390101', message: 'User access disabled. Contact your local system administrator.' },
  userLocked: {
    code: '390102',
    message:
      'Your user account has been temporarily locked due to too many failed attempts. Try again after 15 ' +
      'minutes or contact your account administrator for assistance.',
  },
  jwtInvalid: { code: '390144', message: 'JWT token is invalid.' },
  roleMissing: {
    code: '390189',
    message:
      "Role 'NOBODY' specified in the connect string does not exist or not authorized. Contact your local " +
      'system administrator, or attempt to login with another role, e.g. PUBLIC.',
  },
  oauthTokenInvalid: { code: '390303', message: 'Invalid OAuth access token.' },
  oauthTokenExpired: { code: '390318', message: 'OAuth access token expired.' },
  accessTokenInvalid: { code: '394400', message: 'Programmatic access token is invalid.' },
} as const satisfies Record<string, { code: string; message: string }>;

/** Errors of the session's token, with the names of the driver's own list (gs_errors). */
export const SESSION_ERRORS = {
  tokenInvalid: { code: '390104', message: 'Session token is invalid. Please login again.' },
  gone: {
    code: '390111',
    message: 'Session no longer exists. New login required to access the service.',
  },
  tokenExpired: { code: '390112', message: 'Your session has expired. Please login again.' },
  masterTokenExpired: {
    code: '390114',
    message: 'Authentication token has expired. The user must authenticate again.',
  },
} as const satisfies Record<string, { code: string; message: string }>;

/** One of {@link SQL_ERRORS} with its message. */
export function failure(kind: keyof typeof SQL_ERRORS, message: string): Failure {
  return { ...SQL_ERRORS[kind], message };
}

export function sqlError(kind: keyof typeof SQL_ERRORS, message: string): SqlError {
  return new SqlError(failure(kind, message));
}

export function compilationError(detail: string): SqlError {
  return sqlError('compilation', `SQL compilation error:\n${detail}`);
}

export function objectMissing(name: string): SqlError {
  return sqlError(
    'objectMissing',
    `SQL compilation error:\nObject '${name}' does not exist or not authorized.`,
  );
}
