import { copyFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { freePort } from '#testing';
import {
  batch,
  DuckDbWarehouse,
  GROUP,
  letter,
  range,
  SnowflakeWarehouse,
  TOPIC,
} from '#testing/warehouse-contract';
import { snowflakeEnv } from '../support/snowflake-env.js';
import { operator } from './operator.js';

/** Accepts connections, reads requests, and never responds. */
class SilentServer {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  static async start(): Promise<SilentServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).resume();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new SilentServer(server, sockets);
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** Each of these sends requests to Kafka. */
const COMMANDS = [
  ['verify'],
  ['checkpoints', 'list'],
  ['checkpoints', 'set', '--partition', 'all', '--to', 'latest'],
  ['dead-letters', 'list', '--from', 'topic'],
  ['dead-letters', 'redrive', '--all', '--force'],
];

describe('a command without a response ends, and names the server that did not respond:', () => {
  let silent: SilentServer;
  let warehouse: DuckDbWarehouse;
  beforeAll(async () => {
    silent = await SilentServer.start();
    warehouse = await DuckDbWarehouse.start();
    const repository = warehouse.repository(GROUP);
    await repository.open();
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    await repository.write(batch({ deadLetters: [letter(0)], ranges: [range(0, 1, { deadLettered: 1 })] }));
    await repository.close();
  });
  afterAll(async () => {
    silent.stop();
    await warehouse.close();
  });

  const env = (bootstrap: string, over: Record<string, string> = {}) => ({
    KAFKA_BOOTSTRAP_SERVER: bootstrap,
    KAFKA_TOPIC_NAME: TOPIC,
    KAFKA_GROUP_ID: GROUP,
    WAREHOUSE: 'duckdb',
    DUCKDB_PATH: warehouse.path,
    ...over,
  });

  // In parallel, as each waits for its whole time-out; each with its own file, as DuckDB allows one process.
  it('a broker that accepts connections but never responds, even to a TLS handshake', async () => {
    const tls = operator(env(silent.address, { KAFKA_TLS: 'true' }), 'verify');
    const answers = await Promise.all(
      COMMANDS.map(async (command) => {
        const path = `${warehouse.path}.${command.join('-')}`;
        await copyFile(warehouse.path, path);
        return operator(env(silent.address, { DUCKDB_PATH: path }), ...command);
      }),
    );
    const sentence = new RegExp(
      `${silent.address} accepted the connection but did not respond.*KAFKA_BOOTSTRAP_SERVER`,
    );
    for (const { code, stderr } of answers) {
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(sentence) });
      expect(stderr).not.toMatch(/^ +at /m);
    }
    const { code, stderr } = await tls;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/Kafka: reading the offsets of topic.*KAFKA_BOOTSTRAP_SERVER/s),
    });
  });

  it('a port that refuses connections', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await operator(env(address), 'verify');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`ECONNREFUSED ${address}.*KAFKA_BOOTSTRAP_SERVER`)),
    });
  });

  it('Snowflake, if it responds to no statement', async () => {
    const endpoint = await SnowflakeEndpoint.start();
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    const given = { ...env(silent.address), ...snowflakeEnv(endpoint), SNOWFLAKE_REQUEST_TIMEOUT_MS: '3000' };
    for (const command of [['dead-letters', 'list'], ['verify']]) {
      endpoint.addFault({ on: '*', kind: 'silence', occurrence: 3, times: 100 });
      const { code, stderr } = await operator(given, ...command);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/SNOWFLAKE_REQUEST_TIMEOUT_MS|did not (answer|respond)/),
      });
      endpoint.faults.clear();
    }
    await endpoint.close();
  });
});
