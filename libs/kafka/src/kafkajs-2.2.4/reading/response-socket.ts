import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { asError } from '#pipeline';
import { MODULES, require } from '../modules.js';
import { ResponseReader } from './response-reader.js';
import { hostOf } from '../../transport/seed-address.js';

/** The value of kafkajs's own sockets. */
const KEEP_ALIVE_MS = 60_000;

/** The most bytes per read of a socket. */
const READ_BYTES = 128 * 1024;

/** The part of kafkajs's `Connection` that collects an incomplete response. */
interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  processData: (response: Buffer) => void;
}

/**
 * Creates sockets that emit each response of a broker as one chunk. With kafkajs's own sockets every read allocates a
 * buffer, and the buffers of a response are copied into another one: a fifth of the CPU that reading an event takes.
 */
export const responseSocket: ISocketFactory = ({ port, onConnect, ...given }) => {
  const host = hostOf(given.host);
  // Null without TLS, which kafkajs's types omit.
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

/** Passes complete responses to kafkajs without its extra copy: 0.13 us per event, and the memory of a response. */
export function patchWholeResponses(): void {
  const { prototype } = require(MODULES.connection) as { prototype: Connection };
  const { processData } = prototype;
  prototype.processData = takeWhole;

  function takeWhole(this: Connection, bytes: Buffer): void {
    if (this.bytesBuffered === 0) this.chunks = [];
    processData.call(this, bytes);
  }
}
