export { LiveArea } from './live-area.js';
