import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Connection {
  socket: Socket | null | undefined;
  send: (request: { request: { apiName: string } }) => Promise<unknown>;
}

const CONNECTION_MODULE = 'kafkajs/src/network/connection.js';

/**
 * Closes a connection on which a request was not answered in time. The network may have dropped it without a word, and
 * kafkajs keeps sending on it until the kernel gives up, which takes a quarter of an hour. Safe to call more than once.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installSilentConnections(): void {
  const { prototype } = createRequire(import.meta.url)(CONNECTION_MODULE) as { prototype: Connection };
  const { send } = prototype;
  if (typeof send !== 'function') throw new Error(`${CONNECTION_MODULE} sends in another way`);
  if (send.name === sendOrClose.name) return;
  prototype.send = sendOrClose;

  async function sendOrClose(this: Connection, request: Parameters<typeof send>[0]): Promise<unknown> {
    try {
      return await send.call(this, request);
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSRequestTimeoutError') {
        this.socket?.destroy(new Error(`${request.request.apiName} was not answered in time`));
      }
      throw error;
    }
  }
}
