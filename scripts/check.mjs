/** `npm run check`: all that can be said about the code without running it. */
import { runAndReport } from './lib/report.mjs';

await runAndReport(['fmt', 'clippy', 'types', 'layers', 'licences', 'tsc', 'lint']);
