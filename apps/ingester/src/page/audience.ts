import type { ServerResponse } from 'node:http';

/** A browser that is further behind than this is gone, or better off reconnecting. */
const MOST_UNSENT_BYTES = 1_048_576;

/** The connected browsers, each with one open response of server-sent events. All receive the same. */
export class Audience {
  readonly #watchers = new Set<ServerResponse>();

  /** @param seats the maximum number of connections */
  constructor(private readonly seats: number) {}

  get size(): number {
    return this.#watchers.size;
  }

  /** Starts the response with `greeting` and keeps it open. Returns false, without starting it, if no seat is left. */
  admit(response: ServerResponse, greeting: string): boolean {
    if (this.size >= this.seats) return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(greeting);
    response.on('close', () => this.#watchers.delete(response));
    this.#watchers.add(response);
    return true;
  }

  tell(frame: string): void {
    for (const watcher of this.#watchers) {
      if (watcher.writableLength > MOST_UNSENT_BYTES) this.#drop(watcher);
      else watcher.write(frame);
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.end();
  }

  #drop(watcher: ServerResponse): void {
    // Writing to it again before its close event would be an error.
    this.#watchers.delete(watcher);
    watcher.destroy();
  }
}

/** One server-sent event. JSON contains no line breaks that could split it. */
export function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
