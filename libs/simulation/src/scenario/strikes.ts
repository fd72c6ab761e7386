import { pickAt } from '../time/random.js';
import { theWorld } from '../time/world.js';
import { NODES } from '../kafka/cluster.js';
import { StreamingWarehouse } from '../warehouse/streaming/streaming-warehouse.js';
import type { FaultKind } from './fault-kinds.js';
import type { PlannedFault } from './plan.js';
import type { Pod } from './pod.js';
import type { Scene } from './scene.js';

/** Strikes, and returns in words what it did; null where there was nothing to strike. */
type Strike = (scene: Scene, fault: PlannedFault) => string | null;

const HOUR_MS = 3_600_000;
const FREEZES_MS = [800, 5_000, 12_000, 45_000];
const RESTART_MS = 15_000;
/** Longer than slow brokers take for a fetch: no pod notices a topic that is back before the next one. */
const LEAST_ABSENCE_MS = 10_000;

const later = (ms: number, act: () => void) => {
  theWorld().after(ms, act, null);
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** A strike at a pod that is there. */
const atPod =
  (strike: (pod: Pod, scene: Scene, fault: PlannedFault) => string): Strike =>
  (scene, fault) => {
    const pods = [...scene.fleet.pods];
    return pods.length === 0 ? null : strike(pickAt(pods, fault.target), scene, fault);
  };

/** A strike at Snowpipe Streaming. */
const onStreaming =
  (strike: (warehouse: StreamingWarehouse, fault: PlannedFault) => string | null): Strike =>
  ({ warehouse }, fault) =>
    warehouse instanceof StreamingWarehouse ? strike(warehouse, fault) : null;

/** Everything that strikes. */
const STRIKES: Record<FaultKind, Strike> = {
  kill: atPod((pod, { fleet }, { length }) => {
    pod.kill();
    later(500 + length * RESTART_MS, () => {
      fleet.fill();
    });
    return `${pod.name} is killed`;
  }),
  drain: atPod((pod, { fleet }, { length }) => {
    pod.drain();
    later(500 + length * RESTART_MS, () => {
      fleet.fill();
    });
    return `${pod.name} is told to end`;
  }),
  freeze: atPod((pod, _, { strength, length }) => {
    const ms = pickAt(FREEZES_MS, strength) * (0.5 + length);
    pod.freezeFor(ms);
    return `${pod.name} stands still for ${seconds(ms)}`;
  }),
  'another-pod': ({ fleet }) => (fleet.pods.size < 5 ? `${fleet.add().name} joins the fleet` : null),
  clock: atPod((pod, { plan }, { strength }) => {
    const byMs = pickAt([-HOUR_MS, HOUR_MS, -5_000, 30_000], strength);
    const ms = plan.tolerated.has('unplaced-partitions') ? Math.abs(byMs) : byMs;
    pod.clockOffsetMs += ms;
    return `the clock of ${pod.name} is set ${ms < 0 ? 'back' : 'forward'} by ${seconds(Math.abs(ms))}`;
  }),
  reset: ({ cluster }, { strength }) => {
    const share = 0.2 + 0.8 * strength;
    const struck = [...cluster.connections].filter(() => theWorld().random.chance(share));
    for (const connection of struck) connection.close();
    return `${struck.length} connections with brokers break`;
  },
  'black-hole': ({ cluster }, { strength }) => {
    const struck = [...cluster.connections].filter(() => theWorld().random.chance(0.1 + 0.4 * strength));
    for (const connection of struck) connection.isBlackHole = true;
    return `${struck.length} connections with brokers carry nothing any more`;
  },
  'broken-join': ({ cluster, fleet }, { target, length }) => {
    const [pod] = [...fleet.pods].slice(Math.floor(target * fleet.pods.size));
    if (pod === undefined) return null;
    const until = theWorld().now + 60_000;
    const ms = 6_000 + length * 40_000;
    pod.freezeFor(ms);
    const look = () => {
      const isJoining = !pod.isFrozen && cluster.group.isJoining(pod);
      if (isJoining) for (const each of [...cluster.connections]) if (each.process === pod) each.close();
      if (!isJoining && theWorld().now < until) later(5, look);
    };
    later(5, look);
    return `${pod.name} stands still for ${seconds(ms)}, and loses its connections when it joins again`;
  },
  'broker-down': ({ cluster }, { target, strength, length }) => {
    const node = pickAt(NODES, target);
    if (cluster.up.size === 1 || !cluster.up.has(node)) return null;
    const ms = 1_000 + length * 20_000;
    cluster.stop(node, strength);
    later(ms, () => {
      cluster.up.add(node);
    });
    return `broker ${node} is gone for ${seconds(ms)}`;
  },
  leader: ({ logs, cluster }, { target, strength }) => {
    const log = pickAt(logs, target);
    log.leader = pickAt([...cluster.up], strength);
    return `partition ${log.number} is led by broker ${log.leader}`;
  },
  coordinator: ({ cluster }, { target }) => {
    cluster.coordinator = pickAt([...cluster.up], target);
    return `the group is kept by broker ${cluster.coordinator}`;
  },
  'slow-brokers': ({ cluster }, { strength, length }) => {
    cluster.slowMs = pickAt([20, 200, 2_000], strength);
    later(length * 15_000, () => (cluster.slowMs = 0));
    return `brokers take ${cluster.slowMs} ms longer for ${seconds(length * 15_000)}`;
  },
  throttle: ({ cluster }, { strength, length }) => {
    cluster.throttleMs = 500 + strength * 10_000;
    later(length * 20_000, () => (cluster.throttleMs = 0));
    return `brokers throttle by ${seconds(cluster.throttleMs)} for ${seconds(length * 20_000)}`;
  },
  'letters-refused': ({ cluster }, { length }) => {
    cluster.produceFault = 'refuse';
    later(length * 20_000, () => (cluster.produceFault = null));
    return `the dead-letter topic takes nothing for ${seconds(length * 20_000)}`;
  },
  'letters-unsure': ({ cluster }, { length }) => {
    cluster.produceFault = 'unsure';
    later(length * 20_000, () => (cluster.produceFault = null));
    return `the dead-letter topic takes letters and says no for ${seconds(length * 20_000)}`;
  },
  'warehouse-down': ({ warehouse: { conditions } }, { length }) => {
    conditions.isDown = true;
    later(length * 30_000, () => (conditions.isDown = false));
    return `the warehouse is down for ${seconds(length * 30_000)}`;
  },
  'warehouse-losses': ({ warehouse: { conditions } }, { strength, target, length }) => {
    Object.assign(conditions, { lostRequests: 0.3 * target, lostAnswers: 0.5 * strength });
    later(length * 30_000, () => Object.assign(conditions, { lostRequests: 0, lostAnswers: 0 }));
    return `the warehouse loses requests and answers for ${seconds(length * 30_000)}`;
  },
  'warehouse-late': ({ warehouse: { conditions } }, { strength, length }) => {
    conditions.lateRequests = 0.5 * strength;
    later(length * 30_000, () => (conditions.lateRequests = 0));
    return `requests reach the warehouse late for ${seconds(length * 30_000)}`;
  },
  'warehouse-slow': ({ warehouse: { conditions } }, { strength, length }) => {
    conditions.slowMs = pickAt([200, 2_000, 8_000], strength);
    later(length * 20_000, () => (conditions.slowMs = 0));
    return `the warehouse takes ${conditions.slowMs} ms longer for ${seconds(length * 20_000)}`;
  },
  'warehouse-doubles': ({ warehouse: { conditions }, plan }, { strength, length }) => {
    // Snowflake knows a request that it has seen by its id.
    if (plan.warehouse !== 'model') return null;
    conditions.doubledRequests = 0.5 * strength;
    later(length * 30_000, () => (conditions.doubledRequests = 0));
    return `requests reach the warehouse twice for ${seconds(length * 30_000)}`;
  },
  'warehouse-lost': (scene) =>
    scene.loseWarehouse() ? 'the warehouse is lost; an empty one stands in its place' : null,
  'channels-invalidated': onStreaming(({ streaming }) => {
    streaming.invalidate();
    return 'Snowflake invalidates every channel';
  }),
  'commits-withheld': onStreaming(({ streaming }, { length }) => {
    const usualMs = streaming.commitDelayMs;
    if (usualMs === Infinity) return null;
    streaming.commitDelayMs = Infinity;
    later(length * 60_000, () => {
      streaming.commitDelayMs = usualMs;
      streaming.commitPending();
    });
    return `Snowflake commits nothing for ${seconds(length * 60_000)}`;
  }),
  'tokens-expired': onStreaming((warehouse) => {
    warehouse.expireTokens();
    return 'the tokens of Snowpipe Streaming have expired';
  }),
  retention: ({ logs }, { target, strength }) => {
    const log = pickAt(logs, target);
    log.retain(Math.floor(log.low + strength * (log.end - log.low)));
    return `retention leaves partition ${log.number} from ${log.low} on`;
  },
  compaction: ({ logs }, { target, strength }) => {
    const log = pickAt(logs, target);
    log.compact(theWorld().random, pickAt([0.1, 0.5, 0.95], strength));
    return `partition ${log.number} is compacted`;
  },
  'topic-made-anew': (scene, { strength, length }) => {
    scene.remakeTopic(strength, LEAST_ABSENCE_MS + length * 10_000);
    return 'the topic is deleted and made anew';
  },
};

/** Strikes now. */
export function strike(scene: Scene, fault: PlannedFault): void {
  const what = scene.isTopicThere ? STRIKES[fault.kind](scene, fault) : null;
  if (what === null) return;
  scene.faults += 1;
  theWorld().tell(`FAULT  ${what}`);
}
