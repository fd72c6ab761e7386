import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '#testing';
import { Audience, frame } from './audience.js';

describe('Audience', () => {
  let audience: Audience;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    audience = new Audience(2);
    server = createServer((_, response) => {
      if (!audience.admit(response, frame('hello', {}))) response.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function watch(): Promise<IncomingMessage> {
    const request = get(url);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response;
  }

  it('greets each browser, sends all the same, and ends all responses when it closes', async () => {
    const watchers = [await watch(), await watch()];
    audience.tell(frame('snapshot', { text: 'two\nlines' }));
    audience.close();
    for (const watcher of watchers) {
      expect(watcher.headers['content-type']).toBe('text/event-stream');
      const text = (await watcher.toArray()).join('');
      expect(text).toBe('event: hello\ndata: {}\n\nevent: snapshot\ndata: {"text":"two\\nlines"}\n\n');
    }
  });

  it('rejects a browser if no seat is left, and admits one when a seat becomes free', async () => {
    const [first] = [await watch(), await watch()];
    expect((await watch()).statusCode).toBe(503);
    first.destroy();
    await eventually(() => audience.size === 1);
    expect((await watch()).statusCode).toBe(200);
  });

  it('drops a browser that does not read, and keeps one that does', async () => {
    const slow = await watch();
    slow.pause();
    const quick = await watch();
    let read = 0;
    quick.on('data', (bytes: Buffer) => (read += bytes.length));
    const large = 'x'.repeat(500_000);
    let told = 0;
    await eventually(() => {
      if (read >= told) {
        audience.tell(large);
        told += large.length;
      }
      return audience.size === 1;
    });
    audience.tell('the last');
    told += 'the last'.length;
    await eventually(() => read >= told);
    expect(quick.destroyed).toBe(false);
  });
});
