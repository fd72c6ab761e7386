import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSignedBy, type User } from '../protocol/logins.js';
import { streamingError } from './streaming-errors.js';

const LIFETIME_SECONDS = 3600;
const TOKEN_TYPE = 'x-snowflake-authorization-token-type';

/** Verifies the account's own tokens, and issues and verifies scoped ones. */
export class Authorization {
  private readonly scoped = new Set<string>();
  private readonly expired = new Set<string>();

  /** @param users null accepts any token of an account */
  constructor(private readonly users: ReadonlyMap<string, User> | null) {}

  /** Requires a key pair's JWT, an OAuth token, a programmatic access token or a workload's token. @throws StreamingError 401 */
  requireAccount(headers: IncomingHttpHeaders): void {
    const token = bearer(headers);
    const type = headers[TOKEN_TYPE];
    const isKnown = this.users === null ? token !== '' : this.isOfUser(token, type);
    if (!isKnown) throw streamingError('unauthorized');
  }

  /**
   * Requires a scoped token. The account's own are good as well, with the header that names their type: clients that skip
   * the exchange send it.
   *
   * @throws StreamingError 401
   */
  requireScoped(headers: IncomingHttpHeaders): void {
    const token = bearer(headers);
    if (this.expired.has(token)) throw streamingError('tokenExpired');
    if (this.scoped.has(token)) return;
    if (headers[TOKEN_TYPE] === undefined) throw streamingError('unauthorized');
    this.requireAccount(headers);
  }

  /** A scoped token has the form of a JWT, which clients may read for its expiry. */
  issue(account: string): string {
    const now = Math.floor(Date.now() / 1000);
    const header = encoded({ alg: 'HS256', typ: 'JWT' });
    const payload = encoded({ iss: account, iat: now, exp: now + LIFETIME_SECONDS, jti: randomUUID() });
    const token = `${header}.${payload}.${Buffer.from(randomUUID()).toString('base64url')}`;
    this.scoped.add(token);
    return token;
  }

  /** Expires every scoped token issued so far. */
  expireTokens(): void {
    for (const token of this.scoped) this.expired.add(token);
    this.scoped.clear();
  }

  private isOfUser(token: string, type: string | string[] | undefined): boolean {
    return [...(this.users ?? [])].some(([name, user]) => {
      const { disabled, publicKeys, oauthTokens, accessTokens, identityTokens } = user;
      if (disabled === true) return false;
      if (type === 'WORKLOAD_IDENTITY_FEDERATION')
        return identityTokens?.some((each) => token === `WIF.OIDC.${each}`) === true;
      const isJwt = isSignedBy(token, name, publicKeys ?? []);
      const isOauth = oauthTokens?.includes(token) === true;
      const isAccessToken = accessTokens?.includes(token) === true;
      if (type === 'KEYPAIR_JWT') return isJwt;
      if (type === 'OAUTH') return isOauth;
      if (type === 'PROGRAMMATIC_ACCESS_TOKEN') return isAccessToken;
      return isJwt || isOauth || isAccessToken;
    });
  }
}

function bearer({ authorization }: IncomingHttpHeaders): string {
  return /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
