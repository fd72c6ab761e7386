import { redriveMessage } from './redrive-message.js';

const REDRIVE = {
  topic: 'sales_events',
  partition: 3,
  offset: 1042,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from('{"a":1}'),
  headers: [
    { name: 'traceparent', value: Buffer.from('00-ab') },
    { name: 'tag', value: Buffer.from('a') },
    { name: 'tag', value: Buffer.from([0xff]) },
    { name: 'tag', value: null },
    { name: 'none', value: null },
    { name: 'dlq.attempt', value: Buffer.from('1') },
    { name: 'dlq.redrive.id', value: Buffer.from('older') },
    { name: 'dlq.error.type', value: Buffer.from('json_decode') },
  ],
  attempt: 2,
  redriveId: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
};

describe('redriveMessage', () => {
  it('returns the original message for its own partition, with the number of attempts and the redrive id', () => {
    expect(redriveMessage(REDRIVE).message).toEqual({
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from('{"a":1}'),
      partition: 3,
      headers: {
        traceparent: Buffer.from('00-ab'),
        tag: [Buffer.from('a'), Buffer.from([0xff]), null],
        none: null,
        'dlq.attempt': '2',
        'dlq.redrive.id': '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
      },
    });
  });

  it('estimates the size with everything that the broker counts', () => {
    const small = redriveMessage({ ...REDRIVE, headers: [] }).bytes;
    const large = redriveMessage({
      ...REDRIVE,
      headers: [{ name: 'tag', value: Buffer.alloc(1000) }],
    }).bytes;
    expect(large - small).toBe(1003);
    expect(small).toBeGreaterThan(2 + 7 + 36 + 'dlq.redrive.id'.length + 'dlq.attempt'.length);
  });
});
