import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { BlockList, isIP } from 'node:net';
import {
  ForbiddenException,
  Injectable,
  NotFoundException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ServiceSettings } from '#settings';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

const FROM_ELSEWHERE =
  'The page is shown to this machine only. Come by a tunnel, such as kubectl port-forward, or set STATUS_PAGE_ACCESS=any.';
const OTHER_NAME =
  'The page is not known by this name. Use localhost or an IP address, or add the name to STATUS_PAGE_HOSTS.';

/**
 * Who may see the page. Health and metrics are for the whole network of a pod; the page shows more, and is for whoever
 * is on the machine. The name that it is asked for by counts too: a page elsewhere can have a name of its own lead here
 * and read, in a browser of somebody who may, what is shown (DNS rebinding). An IP address cannot be led anywhere.
 */
@Injectable()
export class PageAccess implements CanActivate {
  readonly #names: ReadonlySet<string>;

  constructor(private readonly settings: ServiceSettings) {
    this.#names = new Set(
      ['localhost', hostname(), ...settings.statusPageHosts].map((name) => name.toLowerCase()),
    );
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const { method = '', url = '' } = request;
    // Where the page is switched off, its addresses are as unknown as any other.
    if (!this.settings.statusPage) throw new NotFoundException(`Cannot ${method} ${url}`);
    if (this.settings.statusPageAccess === 'loopback' && !isLoopback(request.socket.remoteAddress)) {
      throw new ForbiddenException(FROM_ELSEWHERE);
    }
    if (!this.#isKnown(request.headers.host ?? '')) throw new ForbiddenException(OTHER_NAME);
    return true;
  }

  /** @param host as the header has it: a name or an address, and perhaps a port */
  #isKnown(host: string): boolean {
    const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 || name.endsWith('.localhost') || this.#names.has(name);
  }
}

function isLoopback(address = ''): boolean {
  const family = isIP(address);
  return family > 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
