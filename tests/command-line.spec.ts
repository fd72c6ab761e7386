import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { freePort, REPOSITORY_ROOT, runCommand, runService, type ServiceProcess } from '#testing';
import { Scenario } from './support/scenario.js';

const MAIN = 'dist/apps/ingester/src/main.js';
/** Exit code if something was loaded before anything listened for the signal. */
const TOO_LATE = 9;
/** Sends a signal to its own process as soon as it has a handler: no earlier signal can be caught. */
const signalAtOnce = (signal: string) =>
  `data:text/javascript,process.on('newListener', (event) => {
    if (event !== '${signal}') return;
    process.removeAllListeners('newListener');
    if (Reflect.getMetadata !== undefined) process.exit(${TOO_LATE});
    queueMicrotask(() => process.kill(process.pid, event));
  })`.replaceAll(/\s+/g, '%20');
const asProcessOne = ['--pid', '--fork', '--kill-child'];
const hasNamespaces = spawnSync('unshare', [...asProcessOne, 'true']).status === 0;

interface Ended {
  code: number | null;
  output: string;
}

describe('the command line of the ingester', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  beforeAll(async () => {
    scenario = await Scenario.create('command');
    env = { ...scenario.env, METRICS_PORT: String(await freePort()) };
  });
  afterAll(() => scenario.cleanUp());

  async function ingester(args: string[], over: Record<string, string> = {}): Promise<Ended> {
    return ended(runService(MAIN, { ...env, ...over }, { args }));
  }

  async function groups(): Promise<string[]> {
    const admin = scenario.kafka.admin();
    await admin.connect();
    try {
      return (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    } finally {
      await admin.disconnect();
    }
  }

  it.each([['--help'], ['--version'], ['--hlep'], ['chekc'], ['check']])(
    'ingester %s starts nothing and joins no group',
    async (argument) => {
      const { code } = await ingester([argument]);
      expect(code).toBe(argument === '--hlep' || argument === 'chekc' ? 2 : 0);
      expect(await groups()).not.toContain(scenario.group);
      expect(existsSync(scenario.duckdbPath)).toBe(false);
    },
  );

  it('check reports every fault of Kafka and the warehouse at once', async () => {
    const { code, output } = await ingester(['check'], {
      KAFKA_TOPIC_NAME: 'no_such_topic',
      DUCKDB_PATH: '/proc/no/such/folder/warehouse.duckdb',
    });
    expect(code).toBe(1);
    for (const words of ['✓ Configuration', 'no topic no_such_topic,', 'no topic no_such_topic_dlq,']) {
      expect(output).toContain(words);
    }
    expect(output).toContain('/proc/no/such/folder');
  });

  it('check exits with 78 if a setting is wrong, but still checks Kafka', async () => {
    const { code, output } = await ingester(['check'], {
      BATCH_MIN_EVENTS: 'many',
      KAFKA_TOPIC: 'orders',
      DLQ_TOPIC: 'no_such_topic',
    });
    expect(code).toBe(78);
    expect(output).toMatch(/✗ Configuration\n +BATCH_MIN_EVENTS: /);
    expect(output).toContain('did you mean KAFKA_TOPIC_NAME?');
    expect(output).toContain('no topic no_such_topic,');
  });

  it('a start that exits with 78 suggests corrections of misspelled names', async () => {
    const { code, output } = await ingester([], { BATCH_MIN_EVENTS: 'many', BATCH_MIN_EVENT: '7' });
    expect(code).toBe(78);
    expect(output).toContain('BATCH_MIN_EVENT is unknown and has no effect; did you mean BATCH_MIN_EVENTS?');
  });

  it.each(['SIGTERM', 'SIGINT'])('%s while the service is loading ends it with 0', async (signal) => {
    const nodeArgs = ['--import', signalAtOnce(signal)];
    expect((await ended(runService(MAIN, env, { nodeArgs }))).code).toBe(0);
  });

  (hasNamespaces ? it : it.skip)('so does a signal to process 1 of a container', async () => {
    const node = [process.execPath, '--import', signalAtOnce('SIGTERM'), join(REPOSITORY_ROOT, MAIN)];
    expect((await ended(runCommand('unshare', [...asProcessOne, ...node], env))).code).toBe(0);
  });
});

async function ended(process: ServiceProcess): Promise<Ended> {
  const { code } = await process.exited;
  return { code, output: process.lines.join('\n') };
}
