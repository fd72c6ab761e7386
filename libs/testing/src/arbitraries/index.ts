export { anyRow, anyText, utf8 } from './any-row.js';
