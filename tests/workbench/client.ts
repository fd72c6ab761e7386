export const TOKEN = 'c0ffee5e7ec2e70c0ffee5e7ec2e7005';

export interface Answer {
  status: number;
  headers: Headers;
  /** The text of an error; empty for other responses. */
  message: string;
  json: Record<string, unknown>;
}

export interface Call {
  token?: string | null;
  headers?: Record<string, string>;
  /** Sent by POST as JSON. */
  body?: object;
}

/** A request to the workbench, as its page sends it: `call(url, 'letters?status=all')`. */
export async function call(
  url: string,
  path: string,
  { token = TOKEN, headers = {}, body }: Call = {},
): Promise<Answer> {
  const response = await fetch(`${url}/page/workbench/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as Record<string, unknown>;
  const { message = '' } = json;
  return { status: response.status, headers: response.headers, json, message: String(message) };
}
