import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A free port of the loopback interface; the preferred one if possible. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred === undefined) return listenOnce(0);
  try {
    return await listenOnce(preferred);
  } catch {
    return listenOnce(0);
  }
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return taken;
}
