import { connectTo, Cluster } from '../kafka/cluster.js';
import type { PartitionLog } from '../kafka/partition-log.js';
import { theWorld } from '../time/world.js';
import { ModelWarehouse } from '../warehouse/model/model-warehouse.js';
import type { SimulatedWarehouse } from '../warehouse/simulated-warehouse.js';
import { SnowflakeWarehouse } from '../warehouse/snowflake/snowflake-warehouse.js';
import { Fleet } from './fleet.js';
import { messageOf } from './messages.js';
import { DEAD_LETTER_TOPIC, TOPIC } from './names.js';
import type { Plan } from './plan.js';

const DEAD_LETTER_PARTITIONS = 3;

/** Everything that one run consists of. */
export class Scene {
  readonly cluster = new Cluster();
  readonly warehouse: SimulatedWarehouse;
  readonly fleet: Fleet;
  /** The logs of the topic, one for each time that it was made. */
  readonly topics: PartitionLog[][] = [];
  /** How many faults struck. */
  faults = 0;
  /** What was seen of faults that are tolerated, and how often pods were restarted. */
  readonly seen = new Map<string, number>();

  constructor(readonly plan: Plan) {
    this.warehouse = plan.warehouse === 'snowflake' ? new SnowflakeWarehouse() : new ModelWarehouse();
    connectTo(this.cluster);
    this.topics.push(this.cluster.create(TOPIC, plan.settings.partitions));
    this.cluster.create(DEAD_LETTER_TOPIC, DEAD_LETTER_PARTITIONS);
    this.fleet = new Fleet(this);
  }

  /** The logs of the topic as it is now, or as it was last. */
  get logs(): PartitionLog[] {
    return this.topics.at(-1) ?? [];
  }

  get isTopicThere(): boolean {
    return this.cluster.topics.has(TOPIC);
  }

  get deadLetterLogs(): PartitionLog[] {
    return this.cluster.topics.get(DEAD_LETTER_TOPIC) ?? [];
  }

  note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** Deletes the topic and makes it again, with more or less in it than before. */
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
