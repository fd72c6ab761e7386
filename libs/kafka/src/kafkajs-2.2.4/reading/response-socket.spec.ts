import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { patchWholeResponses, responseSocket } from './response-socket.js';

/** A peer that responds to everything with these bytes. */
async function peer(answer: Buffer): Promise<{ address: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('responseSocket', () => {
  it('reports a peer that is not a Kafka broker instead of waiting for more bytes', async () => {
    const { address, close } = await peer(Buffer.from([0x80, 0, 0, 0]));
    patchWholeResponses();
    const said: string[] = [];
    const admin = new Kafka({
      brokers: [address],
      socketFactory: responseSocket,
      retry: { retries: 0 },
      logLevel: logLevel.ERROR,
      logCreator:
        () =>
        ({ log: { message } }) =>
          said.push(message),
    }).admin();
    try {
      await expect(admin.connect()).rejects.toThrow('the peer is not a Kafka broker');
      expect(said).toContainEqual(expect.stringContaining('a response of -2147483648 bytes'));
    } finally {
      await admin.disconnect();
      await close();
    }
  });
});
