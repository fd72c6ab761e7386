import { FaultError, type Checkpoint, type EventRepository, type Fault, type WriteResult } from '#pipeline';

/** In the place of a warehouse that cannot be had: the start-up checks hear why, and nothing is ever written. */
export class RefusedWarehouse implements EventRepository {
  constructor(private readonly fault: Fault) {}

  async open(): Promise<Fault[]> {
    return [this.fault];
  }

  async claim(): Promise<Checkpoint[]> {
    throw new FaultError(this.fault);
  }

  async otherGroups(): Promise<string[]> {
    throw new FaultError(this.fault);
  }

  async write(): Promise<WriteResult> {
    return { kind: 'fault', fault: this.fault };
  }

  async close(): Promise<void> {
    // Nothing was opened.
  }
}
