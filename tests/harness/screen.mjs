/** A screen without hardware: Xvfb on a display number that it picks itself. */
import { Process, until } from './processes.mjs';

export async function startScreen({ width = 1280, height = 800 } = {}) {
  const server = new Process(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'],
    { env: process.env, fds: ['pipe'] },
  );
  let number = '';
  server
    .descriptor(3)
    .setEncoding('utf8')
    .on('data', (text) => {
      number += text;
    });
  await until('Xvfb names its display', () => {
    if (!server.isRunning()) throw new Error(`Xvfb ended:\n${server.output}`);
    return number.endsWith('\n');
  });
  return {
    env: {
      DISPLAY: `:${number.trim()}`,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      NO_AT_BRIDGE: '1',
    },
    stop: () => server.stop(),
  };
}
