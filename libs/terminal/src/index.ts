export { beginningOf, displayWidth } from './display-width.js';
export { cutLine, wrapLine, wrapText } from './fit.js';
export { LiveArea, type LiveContent, type LiveOutput } from './live-area.js';
export { printable } from './printable.js';
export { Screen, type Paint, type Style } from './screen.js';
export { byKind, clock, count, counted, duration, total } from './words.js';
