import { codeOf, SNOWFLAKE_SQL } from '../../queries/statements.js';

const READS = /^\s*[(\s]*(SELECT|WITH|VALUES|SHOW|DESCRIBE|DESC|EXPLAIN)\b/i;
/** Anonymous procedures, and functions that act on the account. */
const ACTS = /\bCALL\b|\bAS\s+PROCEDURE\b|\bSYSTEM\$|\bNEXTVAL\b/i;

/**
 * Says why a statement is not run because it may do more than read; null if it only reads. The privileges of the role are
 * what protects the data: a stored procedure or an external function can hide in any query.
 */
export function reasonToRefuse(sql: string): string | null {
  const code = codeOf(sql, SNOWFLAKE_SQL);
  // The pipe operator chains statements.
  for (const part of code.split('->>')) {
    if (!READS.test(part)) return `it begins with "${/\S+/.exec(part)?.[0] ?? ''}"`;
  }
  const [act] = ACTS.exec(code) ?? [];
  return act === undefined ? null : `it contains ${act}`;
}
