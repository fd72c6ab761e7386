import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ForbiddenException,
  HttpException,
  HttpStatus,
  Injectable,
  Logger,
  NotFoundException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { current, WorkbenchSettings } from '#settings';
import { isLoopback } from '../page-access.js';
import { GuessLimit } from './guess-limit.js';

const FROM_ELSEWHERE =
  'Only this machine can use the workbench. Use a tunnel such as kubectl port-forward, or set ADMIN_ACCESS=any.';
const OTHER_ORIGIN = 'The workbench takes requests from its own page only; this one comes from another site.';
const NO_TOKEN = 'The workbench needs the token that ADMIN_TOKEN holds: Authorization: Bearer <token>.';
const WRONG_TOKEN = 'This is not the token that ADMIN_TOKEN or its file holds now.';

/**
 * Decides who may see and change dead letters: holders of the token, from this machine unless ADMIN_ACCESS says
 * otherwise. {@link PageAccess} comes before it. The token travels in a header that only a script of the page's own origin
 * can set, never in a cookie, so no other site can use it; requests that name another origin are refused all the same.
 */
@Injectable()
export class WorkbenchAccess implements CanActivate {
  readonly #limit = new GuessLimit();
  readonly #logger = new Logger('Workbench');

  constructor(private readonly settings: WorkbenchSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const { method = '', url = '', headers } = request;
    const address = request.socket.remoteAddress ?? '';
    // Without a token there is no workbench: its URLs respond like any unknown URL.
    if (this.settings.token === undefined) throw new NotFoundException(`Cannot ${method} ${url}`);
    if (this.settings.access === 'loopback' && !isLoopback(address)) {
      throw new ForbiddenException(FROM_ELSEWHERE);
    }
    if (!isSameOrigin(request)) throw new ForbiddenException(OTHER_ORIGIN);
    this.#expectToken(headers.authorization, address, http.getResponse<ServerResponse>());
    return true;
  }

  #expectToken(authorization: string | undefined, address: string, response: ServerResponse): void {
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (given === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new UnauthorizedException(NO_TOKEN);
    }
    const seconds = this.#limit.waitSeconds(address);
    if (seconds > 0) {
      response.setHeader('Retry-After', seconds);
      throw new HttpException(
        `Too many wrong tokens came from this address. Try again in ${seconds} s.`,
        HttpStatus.TOO_MANY_REQUESTS,
      );
    }
    if (this.#isToken(given)) return;
    if (this.#limit.addWrong(address) === 1)
      this.#logger.warn(`⚠️ Wrong token for the workbench from ${address}`);
    response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
    throw new UnauthorizedException(WRONG_TOKEN);
  }

  /** Takes the same time for every token: hashes have one length. */
  #isToken(given: string): boolean {
    const expected = current(this.settings).token?.reveal() ?? '';
    return timingSafeEqual(sha256(given), sha256(expected));
  }
}

/** Browsers name the origin of a request; other clients need not. The scheme may change at a proxy. */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return origin === undefined || origin.replace(/^https?:\/\//, '').toLowerCase() === host.toLowerCase();
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
