import { createRequire } from 'node:module';
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { asError } from '#pipeline';
import { ResponseReader } from './response-reader.js';
import { hostOf } from '../transport/seed-address.js';

const CONNECTION_MODULE = 'kafkajs/src/network/connection.js';

/** Of kafkajs's own sockets. */
const KEEP_ALIVE_MS = 60_000;

/** What one read of a socket takes at most. */
const READ_BYTES = 128 * 1024;

/** What kafkajs keeps of a response that has not come whole. */
interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  processData: (response: Buffer) => void;
}

/**
 * Sockets that hand over whole responses of a broker, each in one memory that holds nothing else. kafkajs's own leave a
 * buffer for every read behind, and put those of a response together into another one: twice the memory of a fetch, until
 * the garbage collector comes, and a fifth of the time that it takes to read an event.
 */
export const responseSocket: ISocketFactory = ({ port, onConnect, ...given }) => {
  const host = hostOf(given.host);
  // None where the brokers take no TLS, which is not in kafkajs's types.
  const ssl = given.ssl as ConnectionOptions | null | undefined;
  const responses = new ResponseReader((response) => {
    socket.emit('data', response);
  });
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length, buffer) => {
      try {
        responses.add(buffer.subarray(0, length));
      } catch (error) {
        socket.destroy(asError(error));
      }
      return true;
    },
  };
  const to = { host, port, onread };
  const socket: Socket = ssl
    ? connectTls({ ...to, ...(isIP(host) ? {} : { servername: host.replace(/\.$/, '') }), ...ssl }, onConnect)
    : connectTcp(to, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
};

/**
 * Has kafkajs take a whole response as it comes: by itself it puts it together with the nothing that was left of the one
 * before, which copies it. Safe to call more than once.
 */
export function installWholeResponses(): void {
  const { prototype } = createRequire(import.meta.url)(CONNECTION_MODULE) as { prototype: Connection };
  const { processData } = prototype;
  if (processData.name === takeWhole.name) return;
  prototype.processData = takeWhole;

  function takeWhole(this: Connection, bytes: Buffer): void {
    if (this.bytesBuffered === 0) this.chunks = [];
    processData.call(this, bytes);
  }
}
