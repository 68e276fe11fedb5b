/** Free ports on loopback, and waiting for one to open or close. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { until } from './processes.mjs';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}

export const untilOpen = (port) => until(`port ${port} is open`, () => isOpen(port));
export const untilClosed = (port) => until(`port ${port} is closed`, async () => !(await isOpen(port)));
