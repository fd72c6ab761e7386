export { verify, type DeepOptions, type Verification } from './verification.js';
