/** An error of the REST interface: its status, and the code and message of its body. */
export interface StreamingFailure {
  status: number;
  code: string;
  message: string;
  retryAfterSeconds?: number;
}

export class StreamingError extends Error {
  override name = 'StreamingError';
  constructor(readonly failure: StreamingFailure) {
    super(`${failure.code}: ${failure.message}`);
  }
}

/**
 * Codes and statuses from Snowflake's documentation and from its own clients. `Unconfirmed` marks codes that no public
 * source names; their statuses are documented, or HTTP's own.
 */
export const STREAMING_ERRORS = {
  staleToken: {
    status: 400,
    code: 'STALE_CONTINUATION_TOKEN_SEQUENCER',
    message: 'Channel sequencer in the continuation token is stale. Please reopen the channel',
  },
  sequenceGap: {
    status: 409,
    code: 'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
    message: 'The channel must be reopened: rows are missing before these ones',
  },
  invalidated: {
    status: 409,
    code: 'ERR_CHANNEL_MUST_BE_REOPENED',
    message: 'The channel must be reopened',
  },
  uncommittedRows: {
    status: 409,
    code: 'ERR_CHANNEL_HAS_UNCOMMITTED_DATA',
    message: 'The channel has uncommitted rows',
  },
  channelMissing: {
    status: 404,
    code: 'ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED',
    message: 'The channel does not exist or is not authorized',
  },
  pipeMissing: {
    status: 404,
    code: 'ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED',
    message: 'The pipe does not exist or is not authorized',
  },
  tableMissing: {
    status: 404,
    code: 'ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED',
    message: 'The table does not exist or is not authorized',
  },
  /** Unconfirmed. */
  tooManyChannels: {
    status: 400,
    code: 'ERR_TOO_MANY_CHANNELS',
    message: 'The pipe has reached its maximum number of channels',
  },
  /** Unconfirmed. */
  tooManyRequests: {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'The channel exceeds its rate of requests',
    retryAfterSeconds: 1,
  },
  /** Unconfirmed. */
  tooLarge: {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The payload exceeds its maximum size',
  },
  /** Unconfirmed. */
  malformed: { status: 400, code: 'MALFORMED_REQUEST', message: 'The request is malformed' },
  unauthorized: { status: 401, code: '390303', message: 'Invalid OAuth access token.' },
  tokenExpired: { status: 401, code: '390318', message: 'OAuth access token expired.' },
} as const satisfies Record<string, StreamingFailure>;

export function streamingError(kind: keyof typeof STREAMING_ERRORS, message?: string): StreamingError {
  const failure: StreamingFailure = STREAMING_ERRORS[kind];
  return new StreamingError(message === undefined ? failure : { ...failure, message });
}
