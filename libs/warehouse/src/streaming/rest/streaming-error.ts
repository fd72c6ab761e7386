import { FaultError, type Fault } from '#pipeline';
import { oneLine, toFault as sqlFault } from '../../snowflake/session/faults.js';
import { SnowflakeError } from '../../snowflake/session/snowflake-error.js';

/** A failed request to Snowpipe Streaming. */
export class StreamingError extends Error {
  override name = 'StreamingError';

  /**
   * @param code Snowflake's code such as STALE_CONTINUATION_TOKEN_SEQUENCER, or the network's such as ECONNRESET or
   * HTTP_503
   * @param text Snowflake's own message; it names objects, never data
   * @param isAnswer whether Snowflake refused the request. Otherwise it is unknown whether the request took effect
   */
  constructor(
    readonly code: string,
    readonly text: string,
    readonly isAnswer: boolean,
    readonly retryAfterMs = 0,
  ) {
    super(`Snowpipe Streaming: ${code}`);
  }
}

/** Somebody else has opened the channel, or Snowflake has taken an append whose response was lost. */
export const STALE_TOKEN = 'STALE_CONTINUATION_TOKEN_SEQUENCER';

const FENCED = new Set([STALE_TOKEN, 'ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER']);
const INVALIDATED = new Set([
  'ERR_CHANNEL_MUST_BE_REOPENED',
  'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
  'ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER',
  'ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED',
]);

/** Whether the channel may have another owner now. */
export function isFenced({ code }: StreamingError): boolean {
  return FENCED.has(code);
}

/** Whether Snowflake asks for the channel to be opened again. */
export function isInvalidated({ code }: StreamingError): boolean {
  return INVALIDATED.has(code);
}

interface Rule {
  class: Fault['class'];
  says: string;
  remedy: string | null;
}

const transient = (says: string, remedy: string | null = null): Rule => ({
  class: 'transient',
  says,
  remedy,
});
const setup = (says: string, remedy: string): Rule => ({ class: 'setup', says, remedy });

const APPLY_SCHEMA =
  'Run `operator schema apply` with SNOWFLAKE_INGEST=streaming, with its grants: it creates the pipes';
const CHECK_LOGIN =
  'Compare the credentials with those that work for SQL: the same user needs the pipes; check the clock of this machine';

const RULES: Record<string, Rule> = {
  [STALE_TOKEN]: transient('another owner has opened the channel'),
  ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER: transient('another owner has opened the channel'),
  ERR_CHANNEL_MUST_BE_REOPENED: transient('Snowflake has invalidated the channel'),
  ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP: transient('Snowflake misses an append of the channel'),
  ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER: transient('Snowflake misses an append of the channel'),
  ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED: transient('the channel does not exist any more'),
  STALE_PIPE_CACHE: transient('Snowflake does not know the newest definition of the pipe yet'),
  APPEND_UNANSWERED: transient('it is unknown whether Snowflake has taken an append'),
  NOT_COMMITTED: transient(
    'rows that were accepted have not been committed within SNOWFLAKE_REQUEST_TIMEOUT_MS',
  ),
  ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED: setup('a pipe, or OPERATE on it, is missing', APPLY_SCHEMA),
  ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED: setup('a table, or INSERT on it, is missing', APPLY_SCHEMA),
  HTTP_401: setup('the login is not accepted (HTTP 401)', CHECK_LOGIN),
  HTTP_403: setup(
    'access was refused (HTTP 403)',
    'Check the network policy, and that the role of the user may use the pipes',
  ),
  HTTP_404: setup(
    'there is no such account, database, schema or pipe (HTTP 404)',
    'Check SNOWFLAKE_ACCOUNT, SNOWFLAKE_DATABASE and SNOWFLAKE_SCHEMA; Snowpipe Streaming is not available in ' +
      'government regions and in China',
  ),
  HTTP_413: transient(
    'a request is too large (HTTP 413)',
    'If a proxy is in between, raise its limit to 4 MB',
  ),
  HTTP_429: transient('too many requests (HTTP 429)'),
};

/** Converts the errors of both interfaces to faults. */
export function toFault(error: unknown): Fault {
  if (error instanceof FaultError || error instanceof SnowflakeError) return sqlFault(error);
  if (!(error instanceof StreamingError)) throw error;
  const { code, text } = error;
  const rule = RULES[code];
  if (rule === undefined) {
    // Those of the login and of the network are the same as for SQL.
    const other = sqlFault(new SnowflakeError(code, text, false));
    return { ...other, message: other.message.replace('Snowflake', 'Snowpipe Streaming') };
  }
  const { class: kind, says, remedy } = rule;
  const words = text === '' ? '' : `: ${oneLine(text)}`;
  return { class: kind, code, message: `Snowpipe Streaming: ${says}${words}`, remedy };
}
