/** System packages on Debian and Ubuntu: which are missing, and how they get there. */
import { existsSync, readFileSync } from 'node:fs';
import { run, succeeds } from './run.mjs';

/** Rust links with the C compiler; SQLite and the TLS library are compiled from C. */
export const serverPackages = ['build-essential'];

/** The window and the tray. */
export const desktopPackages = [...serverPackages, 'pkg-config', 'libdbus-1-dev', 'libwebkit2gtk-4.1-dev'];

/** What the tests drive: a browser, a screen, a session bus with a keychain, the window's WebDriver, agents. */
export const testPackages = [
  ...desktopPackages,
  'chromium',
  'fonts-noto-cjk',
  'dbus',
  'gnome-keyring',
  'iproute2',
  'libsecret-tools',
  'openbox',
  'python3-dbus',
  'python3-gi',
  'python3-venv',
  'webkit2gtk-driver',
  'wmctrl',
  'xdotool',
  'xvfb',
];

/** The system lacks packages and this script may not install them. */
export class PackagesMissing extends Error {}

const usesApt = () => existsSync('/usr/bin/apt-get');

/** What another Chromium needs beside the packages of the window (Ubuntu 24.04). */
const chromiumLibraries = [
  'libasound2t64',
  'libcups2t64',
  'libgbm1',
  'libnss3',
  'libxcomposite1',
  'libxdamage1',
  'libxkbcommon0',
];

/** Ubuntu has no package `chromium` without snapd; `browser.mjs` finds another one there. */
function availableHere(packages) {
  const ubuntu =
    existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  return ubuntu ? packages.flatMap((name) => (name === 'chromium' ? chromiumLibraries : [name])) : packages;
}

async function missing(packages) {
  const listed = await run('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\\n', ...packages]).catch(
    (error) => error.output,
  );
  const installed = new Set(
    listed
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Makes sure that `packages` are installed; returns the words for the progress line. */
export async function install(packages, say) {
  if (!usesApt()) return 'not a Debian or Ubuntu system: left to you';
  const wanted = await missing(availableHere(packages));
  if (wanted.length === 0) return 'present';
  const root = process.getuid() === 0;
  if (!root && !(await succeeds('sudo', ['-n', 'true']))) {
    throw new PackagesMissing(
      `These system packages are missing. Install them with this command, then run the same command again:\n\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${wanted.join(' ')}\n`,
    );
  }
  const apt = (...parameters) =>
    root
      ? run('apt-get', parameters, { onLine: say, env: { DEBIAN_FRONTEND: 'noninteractive' } })
      : run('sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...parameters], { onLine: say });
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...wanted);
  return `installed ${wanted.join(' ')}`;
}
