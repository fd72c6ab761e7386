import type { Socket } from 'node:net';
import { MODULES, require } from './modules.js';

interface Connection {
  socket: Socket | null | undefined;
  send: (request: { request: { apiName: string } }) => Promise<unknown>;
}

/**
 * Closes a connection on which a request timed out. The network can drop a connection silently, and kafkajs would keep
 * using it until the kernel gives up after a quarter of an hour.
 */
export function patchSilentConnections(): void {
  const { prototype } = require(MODULES.connection) as { prototype: Connection };
  const { send } = prototype;
  prototype.send = sendOrClose;

  async function sendOrClose(this: Connection, request: Parameters<typeof send>[0]): Promise<unknown> {
    try {
      return await send.call(this, request);
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSRequestTimeoutError') {
        this.socket?.destroy(new Error(`${request.request.apiName} got no response in time`));
      }
      throw error;
    }
  }
}
