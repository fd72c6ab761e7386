import { INGESTION_CHECKPOINTS, ORDER_ANALYTICS } from '../../../tables.js';
import { applySchema } from '../../schema/apply-schema.js';
import { SENTINEL } from '../../checkpoints/checkpoint-statements.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';

export const SCHEMA_CLAIMS: readonly Claim[] = [
  {
    name: 'Applying the schema again changes nothing',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/create-table',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      await applySchema(scratch.options, scratch.options);
      const sentinels = await scratch.query(
        `SELECT 1 AS N FROM ${INGESTION_CHECKPOINTS.name} WHERE CONSUMER_GROUP = '${SENTINEL.group}'`,
      );
      must(sentinels.length === 1, `${sentinels.length} rows for the lock`);
      return 'applied twice, one row for the lock';
    },
  },
  {
    name: 'The service finds every table, column, type and right that it needs',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/desc-table',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const { warnings } = await scratch.repository();
      return `ready, ${warnings.length} warnings`;
    },
  },
  {
    name: 'ORDER_ANALYTICS adds up orders and revenue',
    documentation: 'https://docs.snowflake.com/en/sql-reference/functions/try_to_decimal',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const order = (offset: number, price: unknown) =>
        scratch.row(offset, {
          content: JSON.stringify({ sales_channel: scratch.topic, total_price: price }),
        });
      const rows = [order(0, 12.5), order(1, '7.25'), order(2, 'free')];
      await scratch.store(await scratch.owner(), scratch.batch(0, rows));
      const [found] = await scratch.query(
        `SELECT SUM(ORDERS) AS ORDERS, SUM(REVENUE) AS REVENUE FROM ${ORDER_ANALYTICS.name} WHERE CHANNEL = ?`,
        [scratch.topic],
      );
      const seen = `${String(found?.['ORDERS'])} orders, revenue ${String(found?.['REVENUE'])}`;
      must(Number(found?.['ORDERS']) === 3 && Number(found?.['REVENUE']) === 19.75, seen);
      return seen;
    },
  },
];
