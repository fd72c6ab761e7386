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
  'Only this machine can open the page. Use a tunnel such as kubectl port-forward, or set STATUS_PAGE_ACCESS=any.';
const OTHER_NAME =
  'The page cannot be opened under this host name. Use localhost or an IP address, or add the name to STATUS_PAGE_HOSTS.';

/**
 * Decides who may see the page. Health and metrics are for the pod's whole network; the page shows more and is only for
 * this machine. It also checks the Host header against DNS rebinding: another site could point its own name here and
 * read the page in the browser of someone who has access. An IP address cannot be rebound.
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
    // If the page is off, its URLs respond like any unknown URL.
    if (!this.settings.statusPage) throw new NotFoundException(`Cannot ${method} ${url}`);
    if (this.settings.statusPageAccess === 'loopback' && !isLoopback(request.socket.remoteAddress)) {
      throw new ForbiddenException(FROM_ELSEWHERE);
    }
    if (!this.#isKnown(request.headers.host ?? '')) throw new ForbiddenException(OTHER_NAME);
    return true;
  }

  /** @param host the header's value: a name or an address, optionally with a port */
  #isKnown(host: string): boolean {
    const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 || name.endsWith('.localhost') || this.#names.has(name);
  }
}

export function isLoopback(address = ''): boolean {
  const family = isIP(address);
  return family > 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
