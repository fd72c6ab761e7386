import type { LeftOut } from '#redrive';

/** Why a letter is not sent, and what helps. */
export const LEFT_OUT_WORDS: Record<LeftOut, string> = {
  'not-in-table': 'it is not in the table',
  stored: 'it is already stored',
  resolved: 'it is already resolved',
  redriven: 'it is already sent, and not stored yet',
  'too-many-attempts':
    'it has failed as often as letters are sent again; operator dead-letters redrive --max-attempts sends it',
  'value-cut-off':
    'the table has only the beginning of its value; operator dead-letters redrive --from topic may have all of it',
  'value-not-in-topic': 'its value is not in the dead-letter topic',
  unchanged: 'nothing changed',
  'not-whole': 'its key or headers are incomplete; sending it anyway sends what was kept',
  'no-value': 'it has no value',
  'not-an-object': 'it is not a JSON object',
  'would-fail-again': 'it would be a dead letter again',
  'too-large': 'it is too large for its topic',
};
