import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Concurrent requests per connection: HTTP lets a client send many before it reads a response. */
const MOST_OF_A_CONNECTION = 16;
/** Concurrent large responses. */
const MOST_IN_ALL = 64;

/** Small responses, or limited elsewhere: probes must get a response while others flood the port. */
const UNLIMITED = /^\/(health|page\/live)(\/|\?|$)/;

/** Whether a request is served. A `busy` one may be retried; a `flooding` connection is closed. */
export type Admission = 'admitted' | 'busy' | 'flooding';

/** Bounds the memory of responses that clients request faster than they read them. */
export class ResponseLimit {
  #underWay = 0;
  readonly #ofConnection = new WeakMap<Socket, number>();

  /** Counts an admitted request until its response is complete. */
  admit({ url = '', socket }: IncomingMessage, response: ServerResponse): Admission {
    const ofConnection = this.#ofConnection.get(socket) ?? 0;
    const isLimited = !UNLIMITED.test(url);
    if (ofConnection >= MOST_OF_A_CONNECTION) return 'flooding';
    if (isLimited && this.#underWay >= MOST_IN_ALL) return 'busy';
    this.#count(socket, isLimited, 1);
    response.once('close', () => {
      this.#count(socket, isLimited, -1);
    });
    return 'admitted';
  }

  #count(socket: Socket, isLimited: boolean, change: 1 | -1): void {
    this.#ofConnection.set(socket, (this.#ofConnection.get(socket) ?? 0) + change);
    if (isLimited) this.#underWay += change;
  }
}
