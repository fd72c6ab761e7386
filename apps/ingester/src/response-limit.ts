import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that are answered at once: HTTP lets a client send many before it reads an answer. */
const MOST_OF_A_CONNECTION = 16;
/** Answers of a size that are under way at once. */
const MOST_IN_ALL = 64;

/** Small, or limited in number by themselves: probes must be answered while others flood the port. */
const UNLIMITED = /^\/(health|page\/live)(\/|\?|$)/;

/** Whether a request is answered; `busy` may be tried again, and a connection that floods is closed. */
export type Admission = 'admitted' | 'busy' | 'flooding';

/** Bounds the memory of answers that clients ask for faster than they read them. */
export class ResponseLimit {
  #underWay = 0;
  readonly #ofConnection = new WeakMap<Socket, number>();

  /** Counts a request that is admitted until it is answered. */
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
