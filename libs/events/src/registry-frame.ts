const MAGIC_BYTE = 0;
/** The magic byte and a schema id of four bytes, as Confluent's serializers write them. */
const FRAME_BYTES = 5;
/** Older serializers of Apicurio write an id of eight bytes. */
const LONG_FRAME_BYTES = 9;

/**
 * The id of the schema if the value begins with a schema registry's frame; otherwise null. Ids begin at 1, so four zero
 * bytes are the first half of an id of eight bytes.
 */
export function registrySchemaId(value: Buffer): bigint | null {
  if (value[0] !== MAGIC_BYTE || value.length < FRAME_BYTES) return null;
  const id = value.readUInt32BE(1);
  if (id > 0) return BigInt(id);
  const long = value.length < LONG_FRAME_BYTES ? 0n : value.readBigUInt64BE(1);
  return long > 0n ? long : null;
}
