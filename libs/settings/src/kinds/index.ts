export { BROKERS, HOST, HOSTS, HTTP_URL, parseBrokers } from './addresses.js';
export {
  ADMIN_TOKEN,
  BEARER_TOKEN,
  CERTIFICATES,
  OTLP_HEADERS,
  parseOtlpHeaders,
  PKCS8_KEY,
  SECRET,
  TLS_KEY,
} from './credentials.js';
export { FLAG, integer, oneOf, PORT, RATIO, text, WORDS, type Kind } from './kind.js';
export { LAKE_LOCATION, parseBucket } from './lake-location.js';
export { SASL_EXTENSIONS, SNOWFLAKE_IDENTIFIER, TOPIC } from './names.js';
