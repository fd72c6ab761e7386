import { foundBy, mutantsOf } from './mutant.js';

const DUCKDB = [
  ...mutantsOf('libs/warehouse/src/duckdb/writing/duckdb-repository.ts', {
    'duckdb-stores-what-has-moved': [
      "return isAdvanced ? { kind: 'advanced' } : { kind: 'moved' };",
      "return { kind: 'advanced' };",
    ],
    'duckdb-does-not-roll-back': [
      "await connection.run('ROLLBACK');\n      return outcome;",
      'return outcome;',
    ],
    'duckdb-stores-redriven-rows-again': [
      "if (stored.length > 0) return { kind: 'already-stored', indexes: stored };",
      '',
    ],
    'duckdb-leaves-letters-out': ['if (batch.deadLetters.length > 0) {', 'if (false) {'],
    'duckdb-does-not-miss-checkpoints': [
      'if (missing !== undefined) throw missingCheckpoint(consumerGroup, missing);',
      '',
    ],
    'duckdb-takes-a-conflict-for-a-fault': [
      "if (isConflict(error)) return { kind: 'moved' };",
      '',
      'the batch is retried, and its checkpoint has moved by then',
    ],
    'duckdb-takes-a-refusal-for-a-fault': ["if (isConversionError(error)) return { kind: 'refused' };", ''],
  }),
  ...mutantsOf('libs/warehouse/src/duckdb/file/database-access.ts', {
    'duckdb-goes-on-after-a-fatal-error': ['if (isFatal(error)) await this.discardSession();', ''],
    'duckdb-writes-to-a-damaged-file': ['if (isDamage(error)) this.#damage = fault;', ''],
    'duckdb-writes-to-another-file': ['await requireSameFile(this.database.path, this.#file);', ''],
  }),
];

const SNOWFLAKE = [
  ...mutantsOf('libs/warehouse/src/snowflake/checkpoints/checkpoints.ts', {
    'snowflake-stores-what-has-moved': [
      'return (await session.execute(advance(tables), binds)) === ranges.length;',
      'return (await session.execute(advance(tables), binds)) >= 0;',
    ],
    'snowflake-takes-one-of-two-checkpoints': ['if (other !== undefined) {', 'if (false) {'],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/checkpoints/standard-checkpoints.ts', {
    'snowflake-takes-no-lock': ['await takeLock(session, this.own);', ''],
    'snowflake-takes-no-common-lock': [
      'if (common && this.own !== FIRST_TABLE) await takeLock(session);',
      '',
    ],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/writing/transaction.ts', {
    'snowflake-stores-redriven-rows-again': [
      "if (stored.length > 0) return { kind: 'already-stored', indexes: stored };",
      '',
    ],
    'snowflake-takes-silence-for-a-failed-commit': [
      'throw new UnansweredCommit(error.code, error.text, false);',
      'throw error;',
    ],
    'snowflake-does-not-roll-back': [
      "await session.execute('ROLLBACK');\n    return outcome;",
      'return outcome;',
    ],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/session/rolling-back.ts', {
    'snowflake-does-not-roll-back-a-fault': [
      "if (leavesSessionUsable(error)) await session.execute('ROLLBACK');",
      '',
    ],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/writing/insert-events.ts', {
    'snowflake-leaves-refused-rows-out': ['if (inserted === rows.length) return [];', 'return [];'],
    'snowflake-does-not-count-staged-rows': [
      'if ((await session.execute(statement, [mark, bind])) !== count) throw transactionLost();',
      'await session.execute(statement, [mark, bind]);',
    ],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/writing/insert-dead-letters.ts', {
    'snowflake-does-not-count-letters': [
      'if ((await session.execute(statement, [bind, mark])) !== count) throw transactionLost();',
      'await session.execute(statement, [bind, mark]);',
    ],
  }),
  ...mutantsOf('libs/warehouse/src/snowflake/checkpoints/owned-checkpoints.ts', {
    'snowflake-does-not-tell-what-moved': ['if (moved.length > 0) return moved;', ''],
    'snowflake-leaves-checkpoints-elsewhere': [
      'if (!held.every((one) => this.#isOwn(one))) {',
      'if (false) {',
    ],
  }),
];

export const WAREHOUSE_MUTANTS = [
  ...foundBy('libs/warehouse/src/duckdb/', DUCKDB),
  ...foundBy('libs/warehouse/src/snowflake/', SNOWFLAKE),
];
