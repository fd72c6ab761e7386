import { eventually, logEnds, readTopic } from '#testing';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator, spawnOperator, startOperator } from './operator.js';

function order(index: number, over: object = {}) {
  const line = index.toString(16).padStart(12, '0');
  return {
    event_type: 'ORDER_CREATED',
    order_line_id: `0b3d0f54-9a43-4e54-8b73-${line}`,
    customer_id: 5,
    product_id: 1000 + index,
    quantity: 2,
    ...over,
  };
}

interface Report {
  sent: number;
  chosen: number;
  leftOut: Record<string, { count: number; ids: string[] }>;
}

interface Letter {
  id: string;
  status: string;
  attempt: number;
  redriveId: string | null;
  storedAt: string | null;
  storedAs: string | null;
}

async function logEnd(topic: string): Promise<number> {
  return (await logEnds(BOOTSTRAP, topic)).get(0) ?? 0;
}

class Redriving {
  readonly env: Record<string, string>;

  private constructor(readonly scenario: Scenario) {
    this.env = environmentOf(scenario);
  }

  static async create(): Promise<Redriving> {
    return new Redriving(await Scenario.create('redrive'));
  }

  id(offset: number): string {
    return `${this.scenario.topic}-0@${offset}`;
  }

  /** Runs the service until it has settled everything in the topic. */
  async ingest(): Promise<void> {
    const ingester = await this.scenario.startIngester();
    await this.scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);
  }

  redrive(...args: string[]): Promise<Report> {
    return answerOf<Report>(this.env, 'dead-letters', 'redrive', ...args);
  }

  async letters(): Promise<Letter[]> {
    const { stdout } = await operator(this.env, 'dead-letters', 'export', '--status', 'all');
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Letter);
  }

  async storedProducts(): Promise<(string | null)[]> {
    const rows = await this.scenario.query('SELECT PRODUCT_ID FROM RAW_EVENTS_STREAM ORDER BY PRODUCT_ID');
    return rows.map((row) => row['PRODUCT_ID'] ?? null);
  }

  /** The counters of the checkpoint. */
  async ledger() {
    const [row] = await this.scenario.query(
      'SELECT NEXT_OFFSET, STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST FROM INGESTION_CHECKPOINTS',
    );
    return Object.fromEntries(Object.entries(row ?? {}).map(([name, count]) => [name, Number(count)]));
  }
}

describe('a redriven dead letter', () => {
  it('is patched, sent and stored once; a second run sends nothing; the table has its new coordinates', async () => {
    const redriving = await Redriving.create();
    const { scenario, env } = redriving;
    const id = (offset: number) => redriving.id(offset);
    try {
      const headers = { trace: ['a', Buffer.from([0xff])], 'dlq.attempt': 'not ours' };
      await scenario.produce([
        { key: 'line-0', headers, value: JSON.stringify(order(0, { customer_id: 'five' })) },
        { value: JSON.stringify(order(1)) },
        { value: JSON.stringify(order(2, { customer_id: null, quantity: 0 })) },
        { value: 'no json' },
      ]);
      await redriving.ingest();

      const tried = await redriving.redrive('--field', 'customer_id', '--set', 'customer_id=7', '--dry-run');
      expect(tried).toMatchObject({ sent: 1, chosen: 2, leftOut: { 'would-fail-again': { ids: [id(2)] } } });
      expect((await redriving.letters()).map(({ status, redriveId }) => [status, redriveId])).toEqual(
        Array.from({ length: 3 }, () => ['open', null]),
      );

      const sent = await redriving.redrive('--field', 'customer_id', '--set', 'customer_id=7');
      expect(sent).toMatchObject({ sent: 1, chosen: 2, leftOut: { 'would-fail-again': { count: 1 } } });
      const again = await redriving.redrive('--field', 'customer_id', '--set', 'customer_id=7');
      expect(again).toMatchObject({ sent: 0, chosen: 1 });
      const named = await redriving.redrive(id(0), '--set', 'customer_id=7');
      expect(named).toMatchObject({ sent: 0, leftOut: { redriven: { ids: [id(0)] } } });

      const [redriven] = (await readTopic(BOOTSTRAP, scenario.topic)).slice(4);
      expect(redriven).toMatchObject({ offset: 4, key: Buffer.from('line-0') });
      expect(JSON.parse(String(redriven?.value))).toEqual(order(0, { customer_id: 7 }));
      const [before] = await redriving.letters();
      expect(redriven?.headers).toEqual({
        trace: [Buffer.from('a'), Buffer.from([0xff])],
        'dlq.attempt': Buffer.from('1'),
        'dlq.redrive.id': Buffer.from(before?.redriveId ?? ''),
      });

      // Sent a second time on purpose: the service still stores it only once.
      const forced = await redriving.redrive(id(0), '--set', 'customer_id=8', '--status', 'redriven');
      expect(forced).toMatchObject({ sent: 1 });
      await redriving.ingest();

      expect(await redriving.storedProducts()).toEqual(['1000', '1001']);
      expect(
        await scenario.query('SELECT CUSTOMER_ID FROM RAW_EVENTS_STREAM WHERE PRODUCT_ID = 1000'),
      ).toEqual([{ CUSTOMER_ID: '7' }]);
      expect(await redriving.ledger()).toMatchObject({
        NEXT_OFFSET: 6,
        STORED: 2,
        DEAD_LETTERED: 3,
        SKIPPED: 1,
      });
      const [letter, ...others] = await redriving.letters();
      expect(letter).toMatchObject({
        id: id(0),
        status: 'stored',
        storedAs: id(4),
        storedAt: expect.stringMatching(/Z$/),
      });
      expect(others.map(({ status }) => status)).toEqual(['open', 'open']);
      expect(await redriving.redrive(id(0))).toMatchObject({
        sent: 0,
        leftOut: { stored: { ids: [id(0)] } },
      });
      const { stdout } = await operator(env, 'dead-letters', 'show', id(0));
      expect(stdout).toMatch(new RegExp(`Stored +.*Z at ${id(4)}`));
    } finally {
      await scenario.cleanUp();
    }
  });

  it('counts its attempts up to a limit, and all its letters link to the stored row', async () => {
    const redriving = await Redriving.create();
    const { scenario } = redriving;
    try {
      await scenario.produce([{ value: JSON.stringify(order(0, { customer_id: 'five' })) }]);
      await redriving.ingest();
      for (const offset of [0, 1]) {
        expect(await redriving.redrive(redriving.id(offset), '--force')).toMatchObject({ sent: 1 });
        await redriving.ingest();
      }

      const letters = await redriving.letters();
      expect(letters.map(({ attempt, status }) => [attempt, status])).toEqual([
        [1, 'redriven'],
        [2, 'redriven'],
        [3, 'open'],
      ]);
      expect(new Set(letters.slice(0, 2).map(({ redriveId }) => redriveId)).size).toBe(1);
      expect(await redriving.redrive('--all', '--force')).toMatchObject({
        sent: 0,
        leftOut: { 'too-many-attempts': { ids: [redriving.id(2)] } },
      });

      expect(await redriving.redrive('--all', '--max-attempts', '9', '--set', 'customer_id=5')).toMatchObject(
        {
          sent: 1,
        },
      );
      await redriving.ingest();
      expect((await redriving.letters()).map(({ status, storedAs }) => [status, storedAs])).toEqual(
        Array.from({ length: 3 }, () => ['stored', redriving.id(3)]),
      );
      expect(await redriving.storedProducts()).toEqual(['1000']);
    } finally {
      await scenario.cleanUp();
    }
  });

  it('is stored once even if the operator is killed between sending and recording it', async () => {
    const redriving = await Redriving.create();
    const { scenario } = redriving;
    const count = 120;
    try {
      await scenario.produce(
        Array.from({ length: count }, (_, index) => ({
          value: JSON.stringify(order(index, { customer_id: 'five' })),
        })),
      );
      await redriving.ingest();

      const mend = ['dead-letters', 'redrive', '--all', '--set', 'customer_id=5'];
      const killed = spawnOperator(redriving.env, ...mend, '--rate', '20');
      await eventually(async () => (await logEnd(scenario.topic)) > count, { timeoutMs: 60_000 });
      killed.kill();
      expect(await killed.exited).toBeNull();
      const { chosen } = await redriving.redrive('--all', '--set', 'customer_id=5');
      expect(chosen).toBeGreaterThan(0);
      // Sends everything again, as if no record of the first run had been written.
      await redriving.redrive('--offset', `0-${count}`, '--status', 'redriven', '--set', 'customer_id=5');
      await redriving.ingest();

      expect(await redriving.storedProducts()).toEqual(
        Array.from({ length: count }, (_, index) => String(1000 + index)),
      );
      const ledger = await redriving.ledger();
      expect(ledger).toMatchObject({ STORED: count, DEAD_LETTERED: count });
      expect(ledger['SKIPPED']).toBeGreaterThanOrEqual(count);
      expect((await redriving.letters()).filter(({ status }) => status !== 'stored')).toEqual([]);
    } finally {
      await scenario.cleanUp();
    }
  });

  it('waits for the next run after Ctrl-C, whose message says how to continue', async () => {
    const redriving = await Redriving.create();
    const { scenario } = redriving;
    const count = 5;
    try {
      await scenario.produce(
        Array.from({ length: count }, (_, index) => ({
          value: JSON.stringify(order(index, { customer_id: 'five' })),
        })),
      );
      await redriving.ingest();

      const mend = ['dead-letters', 'redrive', '--all', '--set', 'customer_id=5'];
      const interrupted = startOperator(redriving.env, ...mend, '--rate', '0.1');
      await eventually(async () => (await logEnd(scenario.topic)) > count, { timeoutMs: 60_000 });
      interrupted.interrupt();

      expect(await interrupted.exited).toBe(1);
      expect(interrupted.answer.stdout).toMatch(/^1 sent$/m);
      expect(interrupted.answer.stderr).toBe(
        'Stopped by a signal. Run the same command again to continue.\n',
      );
      const letters = await redriving.letters();
      expect(letters.filter(({ status }) => status === 'redriven')).toHaveLength(1);
      expect(await redriving.redrive('--all', '--set', 'customer_id=5')).toMatchObject({ sent: count - 1 });
    } finally {
      await scenario.cleanUp();
    }
  });

  it('is not sent without a broker; the run reports it and can be repeated', async () => {
    const redriving = await Redriving.create();
    const { scenario, env } = redriving;
    try {
      await scenario.produce([{ value: JSON.stringify(order(0, { customer_id: 'five' })) }]);
      await redriving.ingest();

      const failed = await operator(
        { ...env, KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' },
        ...['dead-letters', 'redrive', '--all', '--force'],
      );
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Run the same command again'),
      });
      expect(failed.stderr).toContain('ECONNREFUSED');
      expect((await redriving.letters()).map(({ status }) => status)).toEqual(['open']);
      expect(await redriving.redrive('--all', '--force')).toMatchObject({ sent: 1 });
    } finally {
      await scenario.cleanUp();
    }
  });
});
