import { once } from 'node:events';
import { connect } from 'node:net';

const ALTER_CLIENT_QUOTAS = 49;

/** Limits how much clients with that id may fetch. kafkajs cannot: https://kafka.apache.org/protocol#The_Messages_AlterClientQuotas */
export async function limitConsumers(
  bootstrap: string,
  clientId: string,
  bytesPerSecond: number,
): Promise<void> {
  const [address = ''] = bootstrap.split(',');
  const [host, port] = address.split(':');
  const body = Buffer.concat([
    int16(ALTER_CLIENT_QUOTAS),
    int16(0),
    int32(1),
    text('quota'),
    int32(1),
    int32(1),
    text('client-id'),
    text(clientId),
    int32(1),
    text('consumer_byte_rate'),
    float64(bytesPerSecond),
    Buffer.from([0, 0]),
  ]);
  const socket = connect(Number(port), host);
  socket.write(Buffer.concat([int32(body.length), body]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  // After the length, the correlation id, the throttle time and the number of entries.
  const errorCode = answer.readInt16BE(16);
  if (errorCode !== 0) throw new Error(`the broker rejected the quota: error ${errorCode}`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}
