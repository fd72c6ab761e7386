import { partitionName, type Batch, type Checkpoint, type WriteResult } from '#pipeline';
import { theWorld } from '../time/world.js';

/** What each process knows to have committed. A write must never be stale because of that. */
export class Acknowledgements {
  count = 0;
  readonly #known = new Map<string, { process: string; to: number }>();

  /** Records and checks what a write told its process. */
  observe(batch: Batch, result: WriteResult, process: string): void {
    if (result.kind === 'stored') this.note(batch, process);
    if (result.kind === 'stale') this.check(result.checkpoints, process);
  }

  /** Records that the process knows its batch is committed. */
  note({ ranges }: Batch, process: string): void {
    this.count += 1;
    for (const range of ranges) this.#known.set(partitionName(range), { process, to: range.to });
  }

  check(stale: readonly Checkpoint[], process: string): void {
    for (const checkpoint of stale) {
      const known = this.#known.get(partitionName(checkpoint));
      if (known?.process !== process || known.to !== checkpoint.nextOffset) continue;
      theWorld().fail(
        `${process} is stale in ${partitionName(checkpoint)} against ${known.to}, which it knows to have written itself`,
      );
    }
  }
}
