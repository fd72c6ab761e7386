export { AppModule } from './app.module.js';
export { parseCommandLine } from './command-line.js';
