import { partitionName, type Batch, type Checkpoint } from '#pipeline';
import { topicOf } from '../scenario/messages.js';
import type { Scene } from '../scenario/scene.js';
import { theWorld } from '../time/world.js';

/** Checks that no partition continues with messages of a recreated topic as if they were those of the old one. */
export class RemadeCheck {
  /** For each partition, how often the topic had been created before the one that is read. */
  readonly #topics = new Map<string, number>();

  constructor(private readonly scene: Scene) {}

  check({ rows, deadLetters, ranges }: Batch): void {
    for (const range of ranges) {
      const name = partitionName(range);
      const values = [
        ...rows
          .filter(({ message }) => partitionName(message) === name)
          .map(({ content }) => content.toString()),
        ...deadLetters
          .filter(({ message }) => partitionName(message) === name)
          .map(({ message }) => message.value?.toString() ?? null),
      ];
      for (const topic of values.map(topicOf)) if (topic !== null) this.#read(name, topic);
    }
  }

  #read(name: string, topic: number): void {
    const before = this.#topics.get(name) ?? 0;
    const checkpoint = this.scene.warehouse.checkpoints.get(name);
    const isBegun = checkpoint !== undefined && checkpoint.nextOffset > checkpoint.firstOffset;
    if (topic > before && isBegun && this.#canBeTold(checkpoint)) {
      theWorld().fail(
        `${name} goes on at ${checkpoint.nextOffset} with a message of another topic: it was made anew meanwhile`,
      );
    }
    this.#topics.set(name, Math.max(topic, before));
  }

  /** Whether both topics have a record before the checkpoint, so that the product can tell them apart. */
  #canBeTold({ partition, nextOffset, lastTimestampMs }: Checkpoint): boolean {
    const now = this.scene.logs[partition]?.fates[nextOffset - 1];
    return lastTimestampMs !== null && now?.deletedBy === null;
  }
}
