import { once } from 'node:events';
import { createServer, isIPv6, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Kafka, logLevel } from 'kafkajs';
import { responseSocket } from '../kafkajs-2.2.4/reading/response-socket.js';
import { hostOf, seedAddress } from './seed-address.js';

const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
);

describe('seedAddress', () => {
  it.each(['::1', 'fd00::10', 'fe80::1%eth0', '2001:db8:1:2:3:4:5:6', '::ffff:10.0.0.1'])(
    'encodes %s without colons',
    (address) => {
      expect(isIPv6(address)).toBe(true);
      const [host = '', port, ...more] = seedAddress(`[${address}]:9092`).split(':');
      expect([hostOf(host), port, more]).toEqual([address, '9092', []]);
    },
  );

  it.each(['kafka:9092', '10.0.0.1:9092', 'kafka.example.com.:9093'])('leaves %s unchanged', (address) => {
    expect(seedAddress(address)).toBe(address);
    expect(hostOf(address)).toBe(address);
  });

  (hasIPv6 ? it : it.skip)('lets kafkajs connect to an IPv6 address', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '::1');
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const admin = new Kafka({
      brokers: [seedAddress(`[::1]:${(server.address() as AddressInfo).port}`)],
      socketFactory: responseSocket,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
    }).admin();
    await expect(admin.connect()).rejects.toThrow();
    await connected;
    await admin.disconnect();
    server.close();
  });
});
