import fc from 'fast-check';
import { FrameReader, ProtocolError, toFrame } from './frames.js';

describe('frames', () => {
  it('arrive as they were sent, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), { maxLength: 5 }),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(toFrame));
          const reader = new FrameReader(1_000_000);
          const read: unknown[] = [];
          let from = 0;
          for (const cut of [...cuts, stream.length]) {
            read.push(...reader.read(stream.subarray(from, from + cut)));
            from += cut;
          }
          expect(read).toEqual(messages.map((message) => JSON.parse(JSON.stringify(message)) as unknown));
        },
      ),
    );
  });

  it('of any bytes are messages or refused, and never something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new FrameReader(100).read(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  it('are refused by their announced length, before they have arrived', () => {
    const announced = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    expect(() => new FrameReader(1_000).read(announced)).toThrow('4294967295 bytes; the limit is 1000');
  });
});
