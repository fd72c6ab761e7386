import fc from 'fast-check';
import { ResponseReader } from './response-reader.js';

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

describe('ResponseReader', () => {
  it('emits whole responses, however the bytes arrive', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (given, cuts) => {
        const responses = given.map(framed);
        const stream = Buffer.concat(responses);
        const read: Buffer[] = [];
        const reader = new ResponseReader((response) => read.push(response));
        for (let from = 0, cut = 0; from < stream.length; cut += 1) {
          const to = from + (cuts[cut % cuts.length] ?? 1);
          const piece = Buffer.from(stream.subarray(from, to));
          reader.add(piece);
          // The socket reuses its read buffer.
          piece.fill(0xff);
          from = to;
        }
        expect(read).toEqual(responses);
      }),
    );
  });

  it('allocates memory for each response, and nothing more', () => {
    const read: Buffer[] = [];
    new ResponseReader((response) => read.push(response)).add(
      Buffer.concat([framed(Buffer.from('a')), framed(Buffer.from('bc'))]),
    );
    expect(read.map(({ buffer }) => buffer.byteLength)).toEqual([5, 6]);
  });

  it('refuses a peer that is not a Kafka broker', () => {
    const reader = new ResponseReader(() => undefined);
    expect(() => {
      reader.add(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    }).toThrow('a response of -1 bytes: the peer is not a Kafka broker');
  });
});
