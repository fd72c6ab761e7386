let token = null;

/** Kept in memory only: a reload asks for it again. */
export function useToken(given) {
  token = given;
}

/** A request that failed: what the service said about it. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const NO_RESPONSE = 'The service does not respond.';

/**
 * Asks the service. Parameters that are empty are left out.
 *
 * @throws ApiError
 */
export function get(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== '' && value !== null);
  return request(given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`, {});
}

/** @throws ApiError */
export function post(path, body) {
  return request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
}

async function request(path, { headers = {}, ...options }) {
  const authorization = { Authorization: `Bearer ${token}` };
  const response = await fetch(`workbench/${path}`, {
    ...options,
    headers: { ...headers, ...authorization },
    credentials: 'omit',
  }).catch(() => {
    throw new ApiError(NO_RESPONSE, 0);
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { message = `${NO_RESPONSE} (HTTP ${response.status})` } = answer;
  throw new ApiError(message, response.status);
}
