import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

describe('the connection that chaos plays with', () => {
  let echo: Server;
  let proxy: TcpProxy;
  let client: Socket;

  const open = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  /** Of a socket that nobody reads from nothing would be heard. */
  const failure = (socket: Socket) =>
    once(socket.resume(), 'close').then(
      () => null,
      (error: unknown) => error,
    );
  const answer = async () => String(await once(client, 'data').then(([bytes]) => bytes as Buffer));

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.listen((echo.address() as AddressInfo).port);
    client = await open();
    client.write('one');
    expect(await answer()).toBe('one');
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    echo.close();
  });

  it('is reset while it is cut, and open again afterwards', async () => {
    const failed = failure(client);
    proxy.cut();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    expect(await failure(connect(proxy.port, '127.0.0.1'))).toMatchObject({ code: 'ECONNRESET' });
    proxy.restore();
    client = await open();
    client.write('two');
    expect(await answer()).toBe('two');
  });

  it('carries nothing in silence, and what waited afterwards', async () => {
    proxy.silence();
    let isHeard = false;
    client.once('data', () => (isHeard = true));
    client.write('two');
    const late = await open();
    late.write('three');
    // Round trips past the proxy: what it carried would have come by then.
    for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isHeard).toBe(false);
    const answers = Promise.all([answer(), once(late, 'data')]);
    proxy.restore();
    expect(String(await answers)).toBe('two,three');
    late.destroy();
  });
});
