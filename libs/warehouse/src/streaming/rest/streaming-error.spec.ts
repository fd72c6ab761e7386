import { StreamingError, toFault } from './streaming-error.js';

/** Faults that pass by themselves. Whoever reads the alert finds the code in docs/runbook.md. */
const TRANSIENT = [
  'STALE_CONTINUATION_TOKEN_SEQUENCER',
  'ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER',
  'ERR_CHANNEL_MUST_BE_REOPENED',
  'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
  'ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER',
  'ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED',
  'STALE_PIPE_CACHE',
  'APPEND_UNANSWERED',
  'NOT_COMMITTED',
  'HTTP_429',
  'HTTP_503',
  'ECONNRESET',
  'UNKNOWN_TO_US',
];

/** Faults that need a person, each with a remedy. */
const SETUP = [
  'ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED',
  'ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED',
  'HTTP_401',
  'HTTP_403',
  'HTTP_404',
  '390144',
  '390303',
];

it.each(TRANSIENT)('%s is retried', (code) => {
  expect(toFault(new StreamingError(code, '', true))).toMatchObject({ class: 'transient', code });
});

it.each(SETUP)('%s needs a person, and says what to do', (code) => {
  expect(toFault(new StreamingError(code, '', true))).toMatchObject({
    class: 'setup',
    code,
    message: expect.stringContaining('Snowpipe Streaming') as string,
    remedy: expect.stringMatching(/\w/) as string,
  });
});

it('Snowflake’s own words are quoted on one line, without tokens', () => {
  const text = 'The pipe\nis gone: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc';
  const { message } = toFault(new StreamingError('ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED', text, true));
  expect(message).toContain('The pipe is gone: [token]');
});
