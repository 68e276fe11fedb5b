/** Where things stand in the repository. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Stamps of finished work: what was installed or built, and from what. */
export const stamps = join(root, 'target', 'stamps');
/** Logs of the test stages. */
export const logs = join(root, 'target', 'test-logs');
export const headlessBinary = join(root, 'target', 'debug', 'patchbay');
export const desktopBinary = join(root, 'target', 'debug', 'patchbay-desktop');
export const generatedTypes = join(root, 'ui', 'src', 'api', 'types');
