/** `npm run test:e2e`: the tests against the running server, in the browser, with real clients and in the window. */
import { runAndReport } from './lib/report.mjs';

const words = process.argv.slice(2);
await runAndReport(words.length > 0 ? words : ['e2e', 'desktop']);
