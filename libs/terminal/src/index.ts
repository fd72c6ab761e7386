export { beginningOf, displayWidth } from './display-width.js';
export { cutLine, wrapLine, wrapText } from './fit.js';
export { LiveArea, type LiveContent, type LiveOutput } from './live-area.js';
