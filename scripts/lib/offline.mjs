/** Running programs that may speak to this computer only. */
import { succeeds } from './run.mjs';

const loopback = 'ip link set lo up && exec "$0" "$@"';

/**
 * The command, in a network of its own that has nothing but loopback, where the system allows to make one: root may,
 * and so may others on most systems. Elsewhere the command as it is.
 */
export async function offline(command, parameters) {
  const ways = [['--net'], ['--net', '--map-root-user']];
  for (const way of ways) {
    const shell = [...way, 'sh', '-c', loopback];
    if (await succeeds('unshare', [...shell, 'true'])) return ['unshare', [...shell, command, ...parameters]];
  }
  return [command, parameters];
}
