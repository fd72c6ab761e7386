import { theWorld } from '../time/world.js';
import { Runner } from './kafkajs-inside.js';

/** So many fetches without a turn of the event loop never end. */
const MOST_SPINS = 1_000;

/**
 * A fetcher of a consumer that was stopped gets nothing and asks again, and never lets go of the event loop: so would
 * this process hang. It is caught here, and told as what it is.
 */
export class WatchedRunner extends Runner {
  #event = -1;
  #spins = 0;

  override async fetch(nodeId: number): Promise<unknown[]> {
    const world = theWorld();
    this.#spins = world.events === this.#event ? this.#spins + 1 : 0;
    this.#event = world.events;
    if (this.#spins <= MOST_SPINS) return super.fetch(nodeId);
    world.process?.onBlocked();
    return Promise.withResolvers<unknown[]>().promise;
  }
}
