import { FaultError } from '#pipeline';

/** A failed request to Snowflake. */
export class SnowflakeError extends Error {
  override name = 'SnowflakeError';

  /**
   * @param code Snowflake's code such as 000625, or the network's such as ECONNRESET or HTTP_503
   * @param text Snowflake's own message, which may quote event content
   * @param isAnswer Snowflake refused the statement, and the session remains usable. Otherwise it is unknown whether the
   * statement took effect, and the session is no longer usable
   */
  constructor(
    readonly code: string,
    readonly text: string,
    readonly isAnswer: boolean,
  ) {
    super(`Snowflake: ${code}`);
  }
}

/** A query did not see what another session had committed; see READ_CONSISTENCY_MODE. The session remains usable. */
export function oldRead(): SnowflakeError {
  return new SnowflakeError('OLD_READ', '', true);
}

/** The request is larger than Snowflake, or a proxy before it, accepts; the statement was not run. */
export const TOO_LARGE = 'HTTP_413';

/** Something else ended the session's transaction. */
export function transactionLost(): SnowflakeError {
  return new SnowflakeError('TRANSACTION_LOST', '', false);
}

/** A statement that cannot be made smaller is refused all the same. */
export function statementTooLarge(): SnowflakeError {
  return new SnowflakeError(TOO_LARGE, '', true);
}

/** Whether the session remains usable. Faults that we found ourselves do not affect it. */
export function leavesSessionUsable(error: unknown): boolean {
  return error instanceof FaultError || (error instanceof SnowflakeError && error.isAnswer);
}

/** The driver's errors, as version 3.3.0 reports them. */
interface DriverError {
  name?: string;
  /** Snowflake's codes are strings, the driver's own are numbers. */
  code?: string | number;
  message?: string;
  sqlState?: string;
  response?: { status?: number; statusCode?: number };
  cause?: { code?: string };
}

/** The driver's code for a session that it knows to have ended. */
const TERMINATED = 407002;
/** The driver's codes for options that it refuses. */
const FIRST_OPTION_ERROR = 403001;
const LAST_OPTION_ERROR = 404999;

export function fromDriver(error: unknown): SnowflakeError {
  // Without instanceof: the driver's errors may come from another realm.
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
  if (status !== undefined && status !== 200) {
    const failed = `HTTP_${status}`;
    return new SnowflakeError(failed, message, failed === TOO_LARGE);
  }
  const lower = cause?.code ?? (typeof code === 'string' ? code : undefined);
  return new SnowflakeError(
    lower === undefined || lower === 'ERR_BAD_RESPONSE' ? 'UNREADABLE_ANSWER' : lower,
    message,
    false,
  );
}
