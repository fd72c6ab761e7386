import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { BrokerError, KafkaSink } from './kafka-sink.js';

describe('KafkaSink', () => {
  it('reaches a broker at an IPv6 address', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sink = new KafkaSink('t', [`[::1]:${port}`]);
    await expect(sink.connect()).rejects.toThrow(BrokerError);
    expect(connections).toBeGreaterThan(0);
    server.close();
  });
});
