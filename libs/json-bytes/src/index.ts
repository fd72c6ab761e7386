export * from './json-bytes.js';
