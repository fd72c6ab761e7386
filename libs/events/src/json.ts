/** A parsed JSON object. `__proto__` is an ordinary own key. */
export type JsonObject = Record<string, unknown>;

export type JsonType = 'null' | 'string' | 'number' | 'boolean' | 'array' | 'object';

/** The JSON type of a value that JSON.parse returned. */
export function jsonType(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

export function isJsonObject(value: unknown): value is JsonObject {
  return jsonType(value) === 'object';
}
