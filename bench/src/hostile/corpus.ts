import type { ErrorType } from '#pipeline';

/** What must become of a record. `unreadable`: its partition is held until an operator passes over it. */
export type Fate = 'stored' | 'skipped' | ErrorType;

/** A record that somebody may send, and what must become of it. */
export interface HostileRecord {
  name: string;
  value: Buffer | null;
  fate: Fate;
  key?: Buffer;
  headers?: readonly (readonly [name: string, value: Buffer | null])[];
  /** Milliseconds since 1970 as the producer wrote them; any number of 64 bits. */
  timestamp?: string;
}

const MEBIBYTE = 1024 * 1024;

const GOOD = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0f88e6bc-9341-4393-b4b0-c8945448277c',
  customer_id: 63,
  product_id: 1001,
  quantity: 2,
};

/** An event that must be stored whatever stands beside it. No two are equal. */
export function goodRecord(index: number): HostileRecord {
  const value = Buffer.from(JSON.stringify({ ...GOOD, number: index }));
  return { name: `good event ${index}`, value, fate: 'stored' };
}

/** JSON texts at the edges of RFC 8259, after the categories of JSONTestSuite: must pass, must fail, up to the parser. */
const OBJECTS = [
  '{}',
  ' {} ',
  '{"":0}',
  '{"a":[]}',
  '{"a":[[[]]]}',
  '{"a":{"b":{"c":null}}}',
  '{"a":1,"a":2}',
  '{"a":1,"a":1}',
  '{"\\u0061":1,"a":2}',
  '{"a":-0}',
  '{"a":0.1e-7}',
  '{"a":1E+2}',
  '{"a":123456789012345678901234567890}',
  '{"a":-1e-400}',
  '{"a":"\\u0000"}',
  '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t"}',
  '{"a":"\\ud834\\udd1e"}',
  '{"a":"\u2028\u2029\u007f"}',
  '{"a":"€𝄞🍷"}',
  '{"a":"\ufeff"}',
  '{"a":true,"b":false,"c":null}',
  '{"__proto__":{"x":1}}',
  '{"constructor":1,"toString":2,"hasOwnProperty":3}',
  '\t\r\n{"a":1}\t\r\n',
  `{"${'k'.repeat(5000)}":1}`,
  `{"a":"${'x'.repeat(50_000)}"}`,
  `{"a":[${Array(5000).fill('1').join(',')}]}`,
  `{${Array.from({ length: 5000 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
  `{"a":${'['.repeat(500)}${']'.repeat(500)}}`,
];

const NOT_OBJECTS = ['[]', '[1]', '"a"', '""', '0', '-1', '1e5', 'true', 'false', 'null', ' null '];

const NOT_JSON = [
  '',
  ' ',
  '{',
  '}',
  '{]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,}',
  '{a:1}',
  "{'a':1}",
  '{"a":1 "b":2}',
  '{"a":1}}',
  '{"a":1}{"b":2}',
  '{"a":1}#',
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  '{"a":1.}',
  '{"a":1e}',
  '{"a":0x1}',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":-}',
  '{"a":"\u0000"}',
  '{"a":"\n"}',
  '{"a":"\\x41"}',
  '{"a":"\\u00"}',
  '{"a":"unterminated}',
  '{"a":tru}',
  '{"a":TRUE}',
  '{"a":undefined}',
  '{"a":1/*c*/}',
  '// c\n{"a":1}',
  '\ufeff{"a":1}',
  '[1,2',
  '<a>1</a>',
  'event_type=ORDER_CREATED',
  '{"a":[1,]}',
  '{"a":[,1]}',
];

const NOT_UTF8 = [
  [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d],
  [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d],
  [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d],
  [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc0, 0x80, 0x22, 0x7d],
  [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22, 0x7d],
  [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00],
  [0x00, 0x01, 0x02, 0x03],
  [0x00, 0x00, 0x00, 0x00, 0x2a, 0x7b, 0x7d],
];

/** Small values: everything that a parser may get wrong. */
export function jsonRecords(): HostileRecord[] {
  const of = (fate: Fate, values: readonly (string | readonly number[])[]) =>
    values.map((value, index) => ({
      name: `${fate} value ${index}`,
      value: typeof value === 'string' ? Buffer.from(value) : Buffer.from(value),
      fate,
    }));
  return [
    ...of('stored', OBJECTS),
    ...of('not_an_object', NOT_OBJECTS),
    ...of('json_decode', NOT_JSON),
    ...of('json_decode', NOT_UTF8),
    { name: 'a tombstone', value: null, fate: 'skipped' },
    {
      name: 'a broken contract',
      value: Buffer.from('{"event_type":"ORDER_CREATED"}'),
      fate: 'invalid_schema',
    },
  ];
}

/** Values that cost far more than their bytes say. @param depth how deep a value is nested that must be stored */
export function costlyRecords(depth: number): HostileRecord[] {
  const text = (name: string, value: string, fate: Fate) => ({ name, value: Buffer.from(value), fate });
  return [
    text('14 MB of nested arrays', `{"a":${'['.repeat(7e6)}${']'.repeat(7e6)}}`, 'too_large'),
    text('14 MB of empty arrays', `{"a":[${'[],'.repeat(4.6e6)}1]}`, 'too_large'),
    text(`${depth} nested objects`, `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`, 'stored'),
    text(
      '1,000,000 keys',
      `{${Array.from({ length: 1e6 }, (_, index) => `"k${index}":1`).join(',')}}`,
      'too_large',
    ),
    text('14 MB of one string', `{"a":"${'x'.repeat(14e6)}"}`, 'stored'),
  ];
}

/** Records of which key, headers or time are out of the ordinary. */
export function oddRecords(): HostileRecord[] {
  const bad = Buffer.from('{"a":');
  const stored = Buffer.from('{"event_type":"CELLAR_VISITED","odd":true}');
  const big = Buffer.alloc(1_048_450, 'k');
  const empty = Buffer.alloc(0);
  const flood = (count: number) => Array.from({ length: count }, () => ['h', empty] as const);
  return [
    { name: 'a dead letter with a key of 1 MB', value: bad, key: big, fate: 'json_decode' },
    { name: 'a dead letter with a header of 1 MB', value: bad, headers: [['h', big]], fate: 'json_decode' },
    { name: '75,000 empty headers of one name', value: stored, headers: flood(75_000), fate: 'stored' },
    {
      name: '340,000 empty headers on a bad value',
      value: bad,
      headers: flood(340_000),
      fate: 'json_decode',
    },
    { name: 'a header of null', value: bad, headers: [['h', null]], fate: 'json_decode' },
    { name: 'a key that is not UTF-8', value: stored, key: Buffer.from([0xff, 0xfe]), fate: 'stored' },
    { name: 'a time in microseconds', value: bad, timestamp: '1764000000000000', fate: 'json_decode' },
    { name: 'a time in nanoseconds', value: stored, timestamp: '1764000000000000001', fate: 'stored' },
    { name: 'a time of 0', value: stored, timestamp: '0', fate: 'stored' },
  ];
}

/** One record of spaces: some kilobytes on the wire, all of its size once it is decompressed. */
export function bombRecord(mebibytes: number, fate: Fate): HostileRecord {
  return { name: `a record of ${mebibytes} MiB`, value: Buffer.alloc(mebibytes * MEBIBYTE, ' '), fate };
}
