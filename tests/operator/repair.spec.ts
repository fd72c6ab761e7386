import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, logEnds } from '#testing';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator, spawnOperator } from './operator.js';

const COUNT = 60;

function order(index: number) {
  const line = index.toString(16).padStart(12, '0');
  return {
    event_type: 'ORDER_CREATED',
    order_line_id: `0b3d0f54-9a43-4e54-8b73-${line}`,
    customer_id: 5,
    product_id: 1000 + index,
    quantity: 2,
  };
}

interface Line {
  offset: number;
  status: string;
  value: { text: string };
}

describe('an edited export', () => {
  it('is stored once, also if its run is killed half way and repeated, and the file is sent again', async () => {
    const scenario = await Scenario.create('repair');
    const env = environmentOf(scenario);
    const file = join(scenario.folder, 'edited.ndjson');
    const ingest = async () => {
      const ingester = await scenario.startIngester();
      await scenario.untilSettled(ingester);
      expect(await ingester.stop()).toBe(0);
    };
    const lines = async (...args: string[]) => {
      const { stdout } = await operator(env, 'dead-letters', 'export', ...args);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    };
    try {
      await scenario.produce(
        Array.from({ length: COUNT }, (_, index) => ({
          key: `line-${index}`,
          // Every other letter is not JSON.
          value:
            index % 2 === 0
              ? JSON.stringify({ ...order(index), customer_id: `customer ${index}` })
              : JSON.stringify(order(index)).slice(1),
        })),
      );
      await ingest();
      const edited = (await lines()).map((line) => ({
        ...line,
        value: { text: JSON.stringify({ ...order(line.offset), customer_id: 100 + line.offset }) },
      }));
      expect(edited).toHaveLength(COUNT);
      await writeFile(file, edited.map((line) => `${JSON.stringify(line)}\n`).join(''));

      const redrive = ['dead-letters', 'redrive', '--from-file', file];
      const killed = spawnOperator(env, ...redrive, '--rate', '10');
      const logEnd = async () => (await logEnds(BOOTSTRAP, scenario.topic)).get(0) ?? 0;
      await eventually(async () => (await logEnd()) > COUNT, { timeoutMs: 60_000 });
      killed.kill();
      expect(await killed.exited).toBeNull();
      const { sent, chosen } = await answerOf<{ sent: number; chosen: number }>(env, ...redrive);
      expect(chosen).toBe(COUNT);
      expect(sent).toBeLessThanOrEqual(COUNT);
      // Sends all of it again, as if no record of the first runs had been written.
      await answerOf(env, ...redrive, '--status', 'open,redriven');
      await ingest();

      const rows = await scenario.query(
        'SELECT PRODUCT_ID, CUSTOMER_ID FROM RAW_EVENTS_STREAM ORDER BY PRODUCT_ID',
      );
      expect(rows).toEqual(
        Array.from({ length: COUNT }, (_, index) => ({
          PRODUCT_ID: String(1000 + index),
          CUSTOMER_ID: String(100 + index),
        })),
      );
      expect((await lines('--status', 'all')).filter(({ status }) => status !== 'stored')).toEqual([]);
      expect(await answerOf(env, ...redrive)).toMatchObject({
        sent: 0,
        leftOut: { stored: { count: COUNT } },
      });
    } finally {
      await scenario.cleanUp();
    }
  });
});
