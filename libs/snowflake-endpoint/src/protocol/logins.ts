import { createHash, createPublicKey, verify } from 'node:crypto';
import { LOGIN_ERRORS } from '../errors.js';
import { Session } from '../state/sessions.js';

/** A user that may log in. Names are in upper case. */
export interface User {
  password?: string;
  /** PEM of the keys registered with the user (RSA_PUBLIC_KEY and RSA_PUBLIC_KEY_2). */
  publicKeys?: string[];
  oauthTokens?: string[];
  accessTokens?: string[];
  /** Tokens of the OIDC provider that the user's workload identity names. */
  identityTokens?: string[];
  locked?: boolean;
  disabled?: boolean;
  /** Roles that the user may use; any, if unset. */
  roles?: string[];
}

/** The `data` of a login request. */
export interface LoginRequest {
  LOGIN_NAME?: string;
  PASSWORD?: string;
  AUTHENTICATOR?: string;
  TOKEN?: string;
  SESSION_PARAMETERS?: Record<string, unknown>;
}

/** What the session begins with, in upper case; null for what was not requested or does not exist. */
export interface LoginPlace {
  warehouse: string | null;
  database: string | null;
  schema: string | null;
  role: string | null;
}

export type LoginAnswer = Session | { code: string; message: string };

/** @param users null accepts any credentials */
export function logIn(
  request: LoginRequest,
  place: LoginPlace,
  users: Map<string, User> | null,
): LoginAnswer {
  const name = (request.LOGIN_NAME ?? '').toUpperCase();
  const user = users === null ? {} : users.get(name);
  if (user === undefined) return LOGIN_ERRORS.wrongPassword;
  if (user.disabled === true) return LOGIN_ERRORS.userDisabled;
  if (user.locked === true) return LOGIN_ERRORS.userLocked;
  const refusal = users === null ? null : refusalOf(request, name, user);
  if (refusal !== null) return refusal;
  const { warehouse, database, schema, role } = place;
  if (role !== null && user.roles !== undefined && !user.roles.includes(role)) {
    const { code, message } = LOGIN_ERRORS.roleMissing;
    return { code, message: message.replace('NOBODY', role) };
  }
  const session = new Session(name, warehouse, database, schema, role ?? 'PUBLIC');
  for (const [parameter, value] of Object.entries(request.SESSION_PARAMETERS ?? {})) {
    session.parameters.set(parameter, String(value));
  }
  return session;
}

function refusalOf(
  request: LoginRequest,
  name: string,
  user: User,
): { code: string; message: string } | null {
  const token = request.TOKEN ?? '';
  const way = request.AUTHENTICATOR ?? 'SNOWFLAKE';
  if (way === 'SNOWFLAKE_JWT') {
    return isSignedBy(token, name, user.publicKeys ?? []) ? null : LOGIN_ERRORS.jwtInvalid;
  }
  if (way === 'OAUTH')
    return user.oauthTokens?.includes(token) === true ? null : LOGIN_ERRORS.oauthTokenInvalid;
  if (way === 'PROGRAMMATIC_ACCESS_TOKEN') {
    return user.accessTokens?.includes(token) === true ? null : LOGIN_ERRORS.accessTokenInvalid;
  }
  const right = user.password !== undefined && user.password === request.PASSWORD;
  return right ? null : LOGIN_ERRORS.wrongPassword;
}

/**
 * Accepts an unexpired RS256 token with the issuer `ACCOUNT.USER.SHA256:fingerprint` and the subject `ACCOUNT.USER`. The
 * driver writes milliseconds where the standard has seconds.
 */
export function isSignedBy(token: string, user: string, publicKeys: readonly string[]): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = claimsOf(payload);
  const [subjectUser] = claims.sub.split('.').slice(-1);
  const expiresAtMs = claims.exp > 1e11 ? claims.exp : claims.exp * 1000;
  if (subjectUser !== user || expiresAtMs < Date.now()) return false;
  return publicKeys.some((pem) => {
    const key = createPublicKey(pem);
    const fingerprint = createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest('base64');
    return (
      claims.iss === `${claims.sub}.SHA256:${fingerprint}` &&
      verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
    );
  });
}

function claimsOf(payload: string): { iss: string; sub: string; exp: number } {
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    return { iss: String(claims['iss']), sub: String(claims['sub']), exp: Number(claims['exp']) };
  } catch {
    return { iss: '', sub: '', exp: 0 };
  }
}
