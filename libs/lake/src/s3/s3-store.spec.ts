import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultError } from '#pipeline';
import { S3Store } from './s3-store.js';

const KEY = 't/partition=0/00000000000000000000.ndjson.zst';
const NO_METADATA = {};

/** A store that answers every request the same way. */
describe('S3Store, when the store', () => {
  let server: Server;
  let store: S3Store;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        answer(response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    store = new S3Store({
      bucket: 'lake',
      prefix: 'p/',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      pathStyle: true,
      credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'hunter2' }),
      encryption: 'bucket-default',
      kmsKeyId: undefined,
    });
  });
  afterEach(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function faultOf(act: Promise<unknown>) {
    const error = await act.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(FaultError);
    return (error as FaultError).fault;
  }

  const put = () => store.put(KEY, Buffer.from('content'), NO_METADATA);

  function answers(status: number, code: string) {
    answer = (response) => {
      response.writeHead(status, { 'Content-Type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as it is</Message></Error>`);
    };
  }

  it.each<[number, string, 'transient' | 'setup', RegExp]>([
    [403, 'AccessDenied', 'setup', /Check the credentials/],
    [403, 'SignatureDoesNotMatch', 'setup', /Check the credentials/],
    [403, 'RequestTimeTooSkewed', 'setup', /clock/],
    [404, 'NoSuchBucket', 'setup', /Create the bucket/],
    [409, 'ConditionalRequestConflict', 'transient', /as it is/],
    [500, 'InternalError', 'transient', /as it is/],
    [501, 'NotImplemented', 'setup', /conditional writes/],
    [503, 'SlowDown', 'transient', /as it is/],
  ])('answers a write with %i %s, says so and writes nothing', async (status, code, faultClass, text) => {
    answers(status, code);
    const fault = await faultOf(put());
    expect(fault).toMatchObject({ class: faultClass, code });
    expect(`${fault.message} ${fault.remedy}`).toMatch(text);
    expect(fault.message).toContain(`${KEY} to the lake (HTTP ${status})`);
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });

  it('answers 412, reports that the key is taken', async () => {
    answers(412, 'PreconditionFailed');
    expect(await put()).toBe('exists');
  });

  it('cuts the connection, throws a transient fault', async () => {
    answer = (response) => response.socket?.destroy();
    expect(await faultOf(put())).toMatchObject({ class: 'transient' });
    expect(await faultOf(store.last('t/partition=0/'))).toMatchObject({ class: 'transient' });
  });

  it('sends half of an object, throws a transient fault', async () => {
    answer = (response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('x'.repeat(500), () => response.socket?.destroy());
    };
    expect(await faultOf(store.tail(KEY, 1_000))).toMatchObject({ class: 'transient' });
  });

  it('answers with something else than XML, throws a fault', async () => {
    answer = (response) => response.writeHead(502).end('<html>bad gateway');
    expect(await faultOf(put())).toMatchObject({ class: 'transient' });
    expect(await store.check()).toMatchObject([{ class: 'transient' }]);
  });
});
