import { theWorld } from '../time/world.js';
import { Runner } from './kafkajs-inside.js';

/** More fetches than this without a turn of the event loop are an endless loop. */
const MOST_SPINS = 1_000;

/**
 * Detects a fetcher of a stopped consumer that fetches in vain again and again without yielding to the event loop, which
 * would hang this process, and reports it.
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
