import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';

/** Terminates TLS before a local server, with a certificate of its own: for clients that refuse plain HTTP. */
export class TlsFront {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(targetUrl: string): Promise<TlsFront> {
    const folder = await mkdtemp(join(tmpdir(), 'tls-front-'));
    await createCertificate(folder);
    const files = ['key.pem', 'certificate.pem'].map((name) => readFile(join(folder, name)));
    const [key, cert] = await Promise.all(files);
    const target = Number(new URL(targetUrl).port);
    const sockets = new Set<Socket>();
    const server = createServer({ key, cert }, (client) => {
      const upstream = connect(target, '127.0.0.1');
      const ends = [client, upstream];
      for (const end of ends) {
        sockets.add(end);
        // A connection that breaks on one side breaks on the other.
        end
          .on('error', () => undefined)
          .on('close', () => {
            sockets.delete(end);
            for (const each of ends) each.destroy();
          });
      }
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TlsFront(server, sockets, folder, (server.address() as AddressInfo).port);
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The file that a client has to trust. */
  get certificateFile(): string {
    return join(this.folder, 'certificate.pem');
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function createCertificate(folder: string): Promise<void> {
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  args.push('-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE');
  args.push('-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem'));
  // Node cannot make certificates.
  await promisify(execFile)('openssl', args);
}
