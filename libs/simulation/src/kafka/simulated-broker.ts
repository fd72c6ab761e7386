import type { SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import { NODES, theCluster } from './cluster.js';
import { Connection } from './connection.js';
import type { ConsumerGroup } from './consumer-group.js';
import { decodeResponse, fetchFrom, type FetchRequest, type FetchResponse } from './fetch.js';
import type { CommitRequest, HeartbeatRequest, JoinRequest, Reply, SyncRequest } from './group-requests.js';
import { brokerError, errors } from './kafkajs-inside.js';
import {
  listOffsets,
  produce,
  topicMetadata,
  type ListOffsetsRequest,
  type ProduceRequest,
} from './log-requests.js';

interface BrokerOptions {
  connectionPool: { host: string };
  nodeId?: string | null;
  versions?: object | null;
}

interface Asking {
  /** Fetches use a connection of their own. */
  isFetch?: boolean;
  timeoutMs?: number;
}

/** Replaces kafkajs's class Broker: one method for each request, which the simulated cluster handles. */
export class SimulatedBroker {
  readonly connectionPool: { host: string };
  readonly nodeId: string | null;
  versions: object | null;
  readonly #process: SimulatedProcess | null = theWorld().process;
  readonly #connections: { fetch: Connection | null; other: Connection | null } = {
    fetch: null,
    other: null,
  };

  constructor({ connectionPool, nodeId = null, versions = null }: BrokerOptions) {
    this.connectionPool = connectionPool;
    this.nodeId = nodeId;
    this.versions = versions;
  }

  isConnected(): boolean {
    return Object.values(this.#connections).some((connection) => connection?.isClosed === false);
  }

  async connect(): Promise<void> {
    await this.#connection('other');
    this.versions ??= {};
  }

  async disconnect(): Promise<void> {
    for (const kind of ['fetch', 'other'] as const) {
      this.#connections[kind]?.close();
      this.#connections[kind] = null;
    }
  }

  metadata(topics: string[]): Promise<object> {
    return this.#ask('Metadata', (reply) => {
      topicMetadata(theCluster(), topics, reply);
    });
  }

  findGroupCoordinator(): Promise<object> {
    return this.#ask('FindCoordinator', (reply) => {
      const nodeId = theCluster().coordinator;
      reply(null, { errorCode: 0, coordinator: { nodeId, host: `b${nodeId}`, port: 9092 } });
    });
  }

  joinGroup(request: JoinRequest): Promise<object> {
    if (this.#process !== null) theCluster().joinRequestedAt.set(this.#process, theWorld().now);
    const timeoutMs = request.rebalanceTimeout + 5_000;
    return this.#askGroup(
      'JoinGroup',
      (group, reply) => {
        group.join(request, reply);
      },
      timeoutMs,
    );
  }

  syncGroup(request: SyncRequest): Promise<object> {
    return this.#askGroup('SyncGroup', (group, reply) => {
      group.sync(request, reply);
    });
  }

  heartbeat(request: HeartbeatRequest): Promise<object> {
    return this.#askGroup('Heartbeat', (group, reply) => {
      group.heartbeat(request, reply);
    });
  }

  leaveGroup({ memberId }: { memberId: string }): Promise<object> {
    return this.#askGroup('LeaveGroup', (group, reply) => {
      group.leave(memberId);
      reply(null, {});
    });
  }

  offsetCommit(request: CommitRequest): Promise<object> {
    return this.#askGroup('OffsetCommit', (group, reply) => {
      group.commit(request, reply);
    });
  }

  offsetFetch({
    topics,
  }: {
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<object> {
    return this.#askGroup('OffsetFetch', ({ offsets }, reply) => {
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          const { offset = -1, metadata = '' } = offsets.of({ topic, partition }) ?? {};
          return { partition, offset: String(offset), metadata };
        }),
      }));
      reply(null, { responses });
    });
  }

  listOffsets(request: ListOffsetsRequest): Promise<object> {
    return this.#ask('ListOffsets', (reply) => {
      listOffsets(theCluster(), this.#node, request, reply);
    });
  }

  async fetch(request: FetchRequest): Promise<object> {
    const handle = (reply: Reply) => {
      fetchFrom(theCluster(), this.#node, request, reply);
    };
    return decodeResponse((await this.#ask('Fetch', handle, { isFetch: true })) as FetchResponse);
  }

  produce(request: ProduceRequest): Promise<object> {
    return this.#ask('Produce', (reply) => {
      produce(theCluster(), this.#node, request, reply);
    });
  }

  get #node(): number {
    return Number(this.connectionPool.host.slice(1));
  }

  #askGroup(
    name: string,
    handle: (group: ConsumerGroup, reply: Reply) => void,
    timeoutMs?: number,
  ): Promise<object> {
    const ask = (reply: Reply) => {
      const { coordinator, group } = theCluster();
      if (coordinator === this.#node) handle(group, reply);
      else reply(brokerError('NOT_COORDINATOR_FOR_GROUP'));
    };
    return this.#ask(name, ask, timeoutMs === undefined ? {} : { timeoutMs });
  }

  async #ask(
    name: string,
    handle: (reply: Reply) => void,
    { isFetch, timeoutMs }: Asking = {},
  ): Promise<object> {
    const connection = await this.#connection(isFetch === true ? 'fetch' : 'other');
    return connection.request(name, handle, timeoutMs);
  }

  async #connection(kind: 'fetch' | 'other'): Promise<Connection> {
    const isOpen = (connection: Connection | null) => connection?.isClosed === false;
    let connection = this.#connections[kind];
    if (connection !== null && isOpen(connection)) return connection;
    const world = theWorld();
    await world.sleep(1 + world.random.next() * 3, this.#process);
    connection = this.#connections[kind];
    if (connection !== null && isOpen(connection)) return connection;
    const cluster = theCluster();
    if (!cluster.up.has(this.#node)) throw refused(this.#node);
    connection = new Connection(this.#process, this.#node, cluster);
    this.#connections[kind] = connection;
    return connection;
  }
}

function refused(node: number): Error {
  return new errors.KafkaJSConnectionError(`Connection error: connect ECONNREFUSED b${node}`, {
    broker: `b${node}:9092`,
    code: 'ECONNREFUSED',
  });
}

/** Replaces kafkajs's connection pool builder: only a broker's address remains of a connection. */
export function buildAddresses(): {
  build: (address?: { host?: string; port?: number; rack?: string | null }) => Promise<object>;
} {
  let next = 0;
  return {
    build: async ({ host, port = 9092, rack = null } = {}) => {
      const bootstrap = `b${NODES[next % NODES.length] ?? NODES[0]}`;
      if (host === undefined) next += 1;
      return { host: host ?? bootstrap, port, rack, connectionTimeout: 5_000 };
    },
  };
}
