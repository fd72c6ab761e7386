import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '#testing';
import { patchSilentConnections } from './silent-connections.js';

describe('a connection that the network dropped silently', () => {
  it('is closed when a request on it times out, and the next request opens a new one', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    patchSilentConnections();
    const admin = new Kafka({
      brokers: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
      requestTimeout: 50,
      retry: { retries: 1, initialRetryTime: 1 },
      logLevel: logLevel.NOTHING,
    }).admin();
    try {
      await expect(admin.connect()).rejects.toThrow();
      await eventually(() => sockets.length >= 2 && sockets.every(({ closed }) => closed));
    } finally {
      await admin.disconnect();
      server.close();
    }
  });
});
