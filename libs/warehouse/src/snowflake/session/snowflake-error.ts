import { FaultError } from '#pipeline';

/** What came back from the driver instead of a result. */
export class SnowflakeError extends Error {
  override name = 'SnowflakeError';

  /**
   * @param code Snowflake's code such as 000625, or the network's such as ECONNRESET or HTTP_503
   * @param text Snowflake's own words, which may quote event content
   * @param isAnswer Snowflake refused a statement and the session goes on; in all other cases nobody knows what
   * became of the statement, and the session is of no use any more
   */
  constructor(
    readonly code: string,
    readonly text: string,
    readonly isAnswer: boolean,
  ) {
    super(`Snowflake: ${code}`);
  }
}

/** Whether the session may be used again after this. A fault that we found by ourselves says nothing about it. */
export function leavesSessionUsable(error: unknown): boolean {
  return error instanceof FaultError || (error instanceof SnowflakeError && error.isAnswer);
}

/** The driver's errors, by what its version 3.3.0 makes of each failure. */
interface DriverError {
  name?: string;
  /** Snowflake's codes are texts, the driver's own are numbers. */
  code?: string | number;
  message?: string;
  sqlState?: string;
  response?: { status?: number; statusCode?: number };
  cause?: { code?: string };
}

/** The driver's code for a session that it knows to be gone. */
const TERMINATED = 407002;
/** The driver's codes for what never left it: options that it refuses. */
const FIRST_OPTION_ERROR = 403001;
const LAST_OPTION_ERROR = 404999;

export function fromDriver(error: unknown): SnowflakeError {
  // Not by instanceof: the driver's errors may be of another realm.
  const { name, code, message = '', sqlState, response, cause } = error as DriverError;
  const status = response?.status ?? response?.statusCode;
  if (name === 'OperationFailedError' && typeof code === 'string') {
    // Codes from 390000 on are about the session or the login.
    return new SnowflakeError(code, message, sqlState !== undefined && !code.startsWith('39'));
  }
  if (typeof code === 'number' && code >= FIRST_OPTION_ERROR && code <= LAST_OPTION_ERROR) {
    return new SnowflakeError('DRIVER_OPTION', message, false);
  }
  if (code === TERMINATED) return new SnowflakeError('SESSION_GONE', message, false);
  if (status !== undefined && status !== 200) return new SnowflakeError(`HTTP_${status}`, message, false);
  const lower = cause?.code ?? (typeof code === 'string' ? code : undefined);
  return new SnowflakeError(
    lower === undefined || lower === 'ERR_BAD_RESPONSE' ? 'UNREADABLE_ANSWER' : lower,
    message,
    false,
  );
}
