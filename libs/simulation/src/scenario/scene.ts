import { hasSettled, partitionName, toMark, type MissingCheckpoints } from '#pipeline';
import { connectTo, Cluster } from '../kafka/cluster.js';
import type { PartitionLog } from '../kafka/partition-log.js';
import { theWorld } from '../time/world.js';
import { ModelWarehouse } from '../warehouse/model/model-warehouse.js';
import type { SimulatedWarehouse } from '../warehouse/simulated-warehouse.js';
import { SnowflakeWarehouse } from '../warehouse/snowflake/snowflake-warehouse.js';
import { StreamingWarehouse } from '../warehouse/streaming/streaming-warehouse.js';
import { Fleet } from './fleet.js';
import { messageOf } from './messages.js';
import { DEAD_LETTER_TOPIC, TOPIC } from './names.js';
import type { Plan } from './plan.js';
import type { Surroundings } from './pod.js';

const DEAD_LETTER_PARTITIONS = 3;

/** Everything that one run consists of. */
export class Scene implements Surroundings {
  readonly cluster = new Cluster();
  readonly warehouse: SimulatedWarehouse;
  readonly fleet: Fleet;
  /** The logs of the topic, one entry for each time that it was created. */
  readonly topics: PartitionLog[][] = [];
  /** The operator's setting for checkpoints that the warehouse has lost. */
  missingCheckpoints: MissingCheckpoints = 'hold';
  /** The partitions that wait for the operator's decision, because what they settled was lost. */
  readonly heldForOperator = new Set<string>();
  /** The number of faults that struck. */
  faults = 0;
  /** How often tolerated faults and restarts of pods were seen. */
  readonly seen = new Map<string, number>();

  constructor(readonly plan: Plan) {
    this.warehouse = warehouseOf(plan);
    connectTo(this.cluster);
    this.topics.push(this.cluster.create(TOPIC, plan.settings.partitions));
    this.cluster.create(DEAD_LETTER_TOPIC, DEAD_LETTER_PARTITIONS);
    this.fleet = new Fleet(this);
  }

  /** The logs of the current topic, or of the last one. */
  get logs(): PartitionLog[] {
    return this.topics.at(-1) ?? [];
  }

  get isTopicThere(): boolean {
    return this.cluster.topics.has(TOPIC);
  }

  get deadLetterLogs(): PartitionLog[] {
    return this.cluster.topics.get(DEAD_LETTER_TOPIC) ?? [];
  }

  /** Replaces the warehouse with an empty one. Returns false if that is not possible. */
  loseWarehouse(): boolean {
    if (this.warehouse.lose === undefined) return false;
    this.warehouse.lose();
    for (const { number: partition } of this.logs) {
      const at = { topic: TOPIC, partition };
      const committed = this.cluster.group.offsets.of(at);
      const known = committed && { offset: committed.offset, mark: toMark(committed.metadata) };
      if (hasSettled(known)) this.heldForOperator.add(partitionName(at));
    }
    return true;
  }

  /** As the operator, makes pods read everything again that the logs still hold. */
  readFromStart(): void {
    this.missingCheckpoints = 'from-start';
    this.heldForOperator.clear();
    for (const pod of [...this.fleet.pods]) this.fleet.restart(pod, 'MISSING_CHECKPOINTS is from-start now');
  }

  note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** Deletes and recreates the topic, with more or fewer records than before. */
  remakeTopic(fill: number, afterMs: number): void {
    const before = this.logs;
    this.cluster.delete(TOPIC);
    theWorld().after(
      afterMs,
      () => {
        const logs = this.cluster.create(TOPIC, this.plan.settings.partitions);
        this.topics.push(logs);
        const generation = this.topics.length - 1;
        for (const log of logs) {
          const count = Math.floor(1.5 * fill * (before[log.number]?.end ?? 0));
          const records = Array.from({ length: count }, (_, index) =>
            messageOf('good', generation, -index - 1),
          );
          if (records.length > 0) log.append(records);
        }
      },
      null,
    );
  }
}

function warehouseOf({ warehouse, seed, settings }: Plan): SimulatedWarehouse {
  switch (warehouse) {
    case 'model':
      return new ModelWarehouse();
    case 'snowflake':
      return new SnowflakeWarehouse();
    case 'streaming':
      return new StreamingWarehouse(seed, settings.sessionTimeoutMs);
  }
}
