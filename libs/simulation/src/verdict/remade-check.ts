import { partitionName, type Batch, type Checkpoint } from '#pipeline';
import { topicOf } from '../scenario/messages.js';
import type { Scene } from '../scenario/scene.js';
import { theWorld } from '../time/world.js';

/** Checks, where the topic is made anew, that no partition goes on with the new one's messages in the old one's place. */
export class RemadeCheck {
  /** How often the topic had been made before the one that a partition is read from. */
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

  /** Both topics have a record before the checkpoint. */
  #canBeTold({ partition, nextOffset, lastTimestampMs }: Checkpoint): boolean {
    const now = this.scene.logs[partition]?.fates[nextOffset - 1];
    return lastTimestampMs !== null && now?.deletedBy === null;
  }
}
