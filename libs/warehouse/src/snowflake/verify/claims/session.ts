import type { Claim } from '../claim.js';
import { must } from '../must.js';

export const SESSION_CLAIMS: readonly Claim[] = [
  {
    name: 'A session has the parameters that it was given',
    documentation: 'https://docs.snowflake.com/en/sql-reference/parameters',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { queryTag, lockTimeoutSeconds, statementTimeoutSeconds } = scratch.options;
      const expected: Record<string, string> = {
        AUTOCOMMIT: 'false',
        LOCK_TIMEOUT: String(lockTimeoutSeconds),
        QUERY_TAG: queryTag,
        STATEMENT_TIMEOUT_IN_SECONDS: String(statementTimeoutSeconds),
        TIMEZONE: 'UTC',
        TRANSACTION_ABORT_ON_ERROR: 'true',
      };
      const session = await scratch.session();
      const rows = await session.query('SHOW PARAMETERS IN SESSION');
      const found = new Map(rows.map((row) => [String(row['key']), String(row['value'])]));
      const wrong = Object.entries(expected).filter(
        ([name, value]) => found.get(name)?.toLowerCase() !== value.toLowerCase(),
      );
      must(wrong.length === 0, wrong.map(([name]) => `${name} is ${String(found.get(name))}`).join(', '));
      return Object.keys(expected).join(', ');
    },
  },
];
