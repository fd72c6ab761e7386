import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind as EndpointFault } from '#snowflake-endpoint';
import { eventually, KafkaCluster, OFFSETS_TOPIC } from '#testing';
import type { FaultKind, PlannedFault } from './plan.js';
import { DuckDbWarehouse } from '../warehouses/duckdb-warehouse.js';
import { ProxiedBroker } from './world/proxied-broker.js';
import { SnowflakeWarehouse } from '../warehouses/snowflake-warehouse.js';
import type { Watch } from './reconciliation/watch.js';
import { DEAD_LETTER_TOPIC, TOPIC, type World } from './world/world.js';

/** What a fault does: begins, waits for as long as is planned, and is lifted. */
type Strike = (world: World, fault: PlannedFault, whileItLasts: () => Promise<void>) => Promise<void>;

/** The number of the ingester that joins and leaves again: none of the plan's own. */
export const GUEST = 0;
/** How often a fault of the endpoint strikes at most: the statements of a batch or two. */
const MOST_STRIKES = 12;
const SLOW_MS = 400;
const LONG_OUTAGE_MS = 60_000;

const STRIKES: Record<FaultKind, Strike> = {
  kill: async ({ fleet }, { ingester }, whileItLasts) => {
    await fleet.kill(ingester ?? GUEST);
    await whileItLasts();
    await fleet.start(ingester ?? GUEST);
  },
  terminate: async ({ fleet }, { ingester }, whileItLasts) => {
    await fleet.terminate(ingester ?? GUEST);
    await whileItLasts();
    await fleet.start(ingester ?? GUEST);
  },
  freeze: async ({ fleet }, { ingester }, whileItLasts) => {
    const victim = fleet.get(ingester ?? GUEST);
    victim?.freeze();
    await whileItLasts();
    victim?.thaw();
  },
  clock: async ({ fleet }, { ingester }, whileItLasts) => {
    const victim = fleet.get(ingester ?? GUEST);
    victim?.setClock();
    await whileItLasts();
    victim?.setClock();
  },
  join: async ({ fleet }, _, whileItLasts) => {
    await fleet.start(GUEST);
    await whileItLasts();
    await fleet.terminate(GUEST);
  },
  'broker-restart': singleBrokerFault(async ({ broker }, whileItLasts) => {
    await broker.stop();
    await whileItLasts();
    await broker.restart();
  }),
  'broker-kill': singleBrokerFault(async ({ broker }, whileItLasts) => {
    await broker.kill();
    await whileItLasts();
    await broker.restart();
  }),
  'cut-off': singleBrokerFault(async ({ proxy }, whileItLasts) => {
    proxy.cut();
    await whileItLasts();
    proxy.restore();
  }),
  'black-hole': singleBrokerFault(async ({ proxy }, whileItLasts) => {
    proxy.silence();
    await whileItLasts();
    proxy.restore();
  }),
  'leader-stop': clusterFault('stop', async (cluster) => [await cluster.leader(TOPIC, 0)]),
  'leader-kill': clusterFault('kill', async (cluster) => [await cluster.leader(TOPIC, 0)]),
  'coordinator-kill': clusterFault('kill', async (cluster) => [await cluster.leader(OFFSETS_TOPIC, 0)]),
  'dead-letter-leader-kill': clusterFault('kill', async (cluster) => [
    await cluster.leader(DEAD_LETTER_TOPIC, 0),
  ]),
  'majority-kill': clusterFault('kill', async (cluster) => {
    const leader = await cluster.leader(TOPIC, 0);
    return [leader, ...cluster.nodes.filter((node) => node !== leader).slice(1)];
  }),
  'dead-letters-refused': async (world, _, whileItLasts) => {
    // The broker may be away: this waits for it.
    const configure = (settings: Record<string, string>) =>
      eventually(() => world.configureDeadLetterTopic(settings).then(() => true), {
        timeoutMs: LONG_OUTAGE_MS,
      });
    await configure({ 'max.message.bytes': '1' });
    await whileItLasts();
    await configure({});
  },
  'disk-full': async ({ fleet, warehouse }, _, whileItLasts) => {
    if (!(warehouse instanceof DuckDbWarehouse)) return;
    // No file may grow beyond what the log of writes has: the next write fails as it does on a full disk.
    const size = statSync(`${warehouse.file}.wal`, { throwIfNoEntry: false })?.size ?? 0;
    const pids = fleet.running.flatMap(({ pid }) => pid ?? []);
    limitFiles(pids, String(size));
    await whileItLasts();
    limitFiles(pids, 'unlimited');
  },
  slow: async ({ warehouse }, _, whileItLasts) => {
    if (!(warehouse instanceof SnowflakeWarehouse)) return;
    await warehouse.slowDown(SLOW_MS);
    await whileItLasts();
    await warehouse.slowDown(0);
  },
  reset: endpointFault({ kind: 'reset' }, 'before'),
  'lost-answer': endpointFault({ kind: 'reset' }, 'after'),
  'half-answer': endpointFault({ kind: 'half-response' }),
  unavailable: endpointFault({ kind: 'http', status: 503 }, 'before'),
  silence: endpointFault({ kind: 'silence' }),
  'session-expired': endpointFault({ kind: 'session-expired' }),
  'session-gone': endpointFault({ kind: 'session-gone' }),
  'token-expired': endpointFault({ kind: 'token-expired' }),
  throttled: endpointFault({
    kind: 'streaming-error',
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    retryAfterSeconds: 1,
  }),
  'channels-invalidated': async ({ warehouse }, _, whileItLasts) => {
    if (!(warehouse instanceof SnowflakeWarehouse)) return;
    await warehouse.invalidateChannels();
    await whileItLasts();
  },
  'commits-withheld': async ({ warehouse }, _, whileItLasts) => {
    if (!(warehouse instanceof SnowflakeWarehouse)) return;
    await warehouse.withholdCommits(true);
    await whileItLasts();
    await warehouse.withholdCommits(false);
  },
  'internal-error': endpointFault({
    kind: 'sql-error',
    code: '000603',
    sqlState: 'XX000',
    message: 'as ordered',
  }),
};

/** Resolves when the fault is lifted. */
export async function strike(world: World, watch: Watch, fault: PlannedFault): Promise<void> {
  await STRIKES[fault.kind](world, fault, async () => {
    const lasts = sleep(fault.forMs);
    // The only moments in which a warehouse that is not shared can be read.
    if (!world.warehouse.isShared && world.fleet.running.length === 0) await watch.compareOffsets();
    await lasts;
  });
}

function singleBrokerFault(
  fault: (kafka: ProxiedBroker, whileItLasts: () => Promise<void>) => Promise<void>,
): Strike {
  return async ({ kafka }, _, whileItLasts) => {
    if (kafka instanceof ProxiedBroker) await fault(kafka, whileItLasts);
  };
}

/** Ends these brokers at once, and starts them again. */
function clusterFault(end: 'stop' | 'kill', nodesOf: (cluster: KafkaCluster) => Promise<number[]>): Strike {
  return async ({ kafka }, _, whileItLasts) => {
    if (!(kafka instanceof KafkaCluster)) return;
    const brokers = (await nodesOf(kafka)).map((node) => kafka.broker(node));
    await Promise.all(brokers.map((broker) => broker[end]()));
    await whileItLasts();
    await Promise.all(brokers.map((broker) => broker.restart()));
  };
}

function endpointFault(kind: EndpointFault, point?: 'before' | 'after'): Strike {
  return async ({ warehouse }, { statement }, whileItLasts) => {
    if (!(warehouse instanceof SnowflakeWarehouse)) return;
    const rule = { ...kind, on: statement ?? '*', times: MOST_STRIKES };
    await warehouse.setFault(point === undefined ? rule : { ...rule, point });
    await whileItLasts();
    await warehouse.clearFaults();
  };
}

function limitFiles(pids: readonly number[], bytes: string): void {
  for (const pid of pids) {
    try {
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'ignore' });
    } catch {
      // It was killed meanwhile, and the limit with it.
    }
  }
}
