/**
 * `npm test`: installs what the tests need, runs every stage, ends with a table and `N passed, N failed`.
 *
 *   npm test -- rust ui         only these groups or stages, with what they need
 */
import { runAndReport } from './lib/report.mjs';

await runAndReport(process.argv.slice(2));
