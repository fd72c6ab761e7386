import type { LedgerDialect } from './dialects.js';
import { spots } from './ledger-queries.js';
import { MOST_NAMED, type Named, type OffsetRange } from './ledger.js';
import type { AskLedger } from './ledger-query.js';

/** Queries on [from, to) of one partition. The numbers are our own. */
export function partitionQueries(ask: AskLedger, dialect: LedgerDialect, topic: string, partition: number) {
  const binds = [topic, topic];
  const mine = (from: number, to: number) =>
    `SELECT P, O, S, D FROM (${spots(dialect)}) y WHERE P = ${partition} AND O >= ${from} AND O < ${to}`;
  /** The missing offsets that directly follow (step 1) or precede (step -1) an existing one. */
  const edges = async (step: 1 | -1, from: number, to: number): Promise<number[]> => {
    const rows = await ask(
      `SELECT s.O AS O FROM (${mine(from, to)}) s LEFT JOIN (${mine(from, to)}) n ON n.P = s.P AND n.O = s.O + ${step}
       WHERE n.O IS NULL ORDER BY s.O LIMIT ${MOST_NAMED + 1}`,
      [...binds, ...binds],
    );
    return rows.map((row) => Number(row['O']) + step);
  };
  return {
    counts: async (from: number, to: number) => {
      const [row = {}] = await ask(
        `SELECT COUNT(*) AS OFFSETS, SUM(S) AS STORED_ROWS, SUM(D) AS LETTERS,
                SUM(CASE WHEN S > 1 OR D > 1 THEN 1 ELSE 0 END) AS DOUBLED,
                SUM(CASE WHEN S > 0 AND D > 0 THEN 1 ELSE 0 END) AS IN_BOTH FROM (${mine(from, to)}) m`,
        binds,
      );
      const count = (name: string) => Number(row[name] ?? 0);
      return {
        offsets: count('OFFSETS'),
        rows: count('STORED_ROWS'),
        deadLetters: count('LETTERS'),
        doubled: count('DOUBLED'),
        both: count('IN_BOTH'),
      };
    },
    named: async (condition: string, from: number, to: number): Promise<Named> => {
      const those = `FROM (${mine(from, to)}) m WHERE ${condition}`;
      const [row = {}] = await ask(`SELECT COUNT(*) AS FOUND ${those}`, binds);
      const offsets = await ask(`SELECT O ${those} ORDER BY O LIMIT ${MOST_NAMED}`, binds);
      return { count: Number(row['FOUND']), offsets: offsets.map((each) => Number(each['O'])) };
    },
    missing: async (from: number, to: number): Promise<OffsetRange[]> => {
      const firsts = [from, ...(await edges(1, from, to))];
      const lasts = [...(await edges(-1, from, to)), to - 1];
      return firsts
        .map((first, index) => ({ first, last: lasts[index] ?? first }))
        .filter(({ first, last }) => first <= last)
        .slice(0, MOST_NAMED);
    },
  };
}
