import type { ServerResponse } from 'node:http';

/** A browser that reads slower than this much behind has gone, or is better served by connecting anew. */
const MOST_UNSENT_BYTES = 1_048_576;

/** Those who watch, each by one answer that goes on: server-sent events. All are told the same. */
export class Audience {
  readonly #watchers = new Set<ServerResponse>();

  /** @param seats how many may watch at once */
  constructor(private readonly seats: number) {}

  get size(): number {
    return this.#watchers.size;
  }

  /** Begins the answer with `greeting` and keeps it open; false, and nothing is begun, where no seat is left. */
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
    // Writing to it again, before its end is told, would be an error.
    this.#watchers.delete(watcher);
    watcher.destroy();
  }
}

/** One server-sent event; JSON has no line ends that could break it. */
export function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
