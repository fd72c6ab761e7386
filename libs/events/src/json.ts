/** A JSON object as parsed. `__proto__` in the text is an own key here, as any other. */
export type JsonObject = Record<string, unknown>;

export type JsonType = 'null' | 'string' | 'number' | 'boolean' | 'array' | 'object';

/** The JSON type of a value that came out of JSON.parse. */
export function jsonType(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

export function isJsonObject(value: unknown): value is JsonObject {
  return jsonType(value) === 'object';
}
