export { isPatchable, type PatchTarget } from './patch-target.js';
export { replaceModule } from './replace-module.js';
