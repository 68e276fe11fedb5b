/** What a provider says of itself; shared by the screens that judge whether it is set up. */
import type { Provider } from './api/types/Provider';

/** Without an account it is called without a key, which only a server on this computer is known to take. */
export const needsNoKey = ({
  base_url,
  without_credential,
}: Pick<Provider, 'base_url' | 'without_credential'>): boolean =>
  without_credential && (base_url === null || isHere(base_url));

function isHere(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost|.+\.localhost)$/.test(hostname);
}
