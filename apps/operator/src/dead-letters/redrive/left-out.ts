import type { LeftOut } from '#redrive';

/** Why a letter is not sent, and which option helps. */
export const LEFT_OUT: Record<LeftOut, string> = {
  'not-in-table': 'not in the table: already stored, or not written yet',
  stored: 'already stored',
  resolved: 'already resolved; --status resolved sends them anyway',
  redriven: 'already sent; --status redriven sends them again, and each is stored once',
  'too-many-attempts': 'reached --max-attempts',
  'value-cut-off':
    'too large for the table, which has only the beginning of the value; --from topic may have all of it',
  'value-not-in-topic':
    'too large for the dead-letter topic; the table has the value: leave out --from topic',
  unchanged: 'not changed; redrive without --from-file or --edit sends them as they are',
  'not-whole': 'key or headers were too large and are incomplete; --force sends what was kept',
  'no-value': 'no value',
  'not-an-object': 'not a JSON object, so --set has no fields to change',
  'would-fail-again':
    'would fail again; --set, --from-file and --edit change the event, --force sends them anyway',
  'too-large': 'too large for their topic',
};
