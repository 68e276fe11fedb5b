/** The providers, each one link with its state. */
import { Link } from '@tanstack/react-router';
import type { Provider } from '../../api/types/Provider';
import { Status } from '../../kit/Status';
import { Letter } from './Letter';
import { useProviderState } from './state';

/** Whether another provider has the same name: then only its id tells which one is meant. */
export const sharesName = ({ id, name }: Provider, providers: readonly Provider[]): boolean =>
  providers.some((other) => other.id !== id && other.name === name);

export function ProviderList({
  providers,
  open,
}: {
  providers: readonly Provider[];
  open: string | undefined;
}) {
  const stateOf = useProviderState();
  return (
    <ul className="flex flex-col gap-px">
      {providers.map((provider) => {
        const { kind, text } = stateOf(provider);
        return (
          <li key={provider.id}>
            <Link
              to="/providers"
              search={{ id: provider.id }}
              replace
              aria-current={provider.id === open || undefined}
              // Not by `aria-current`: the router sets it to `page` where the address names the provider.
              data-open={provider.id === open || undefined}
              className="row-focus flex min-h-[46px] items-center gap-12 rounded-control px-8 py-4 hover:bg-surface-3 data-open:bg-surface-4"
            >
              <Letter name={provider.name} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">
                  {provider.name}{' '}
                  {sharesName(provider, providers) && (
                    <span className="pl-2 font-mono text-12 font-normal text-text-2">{provider.id}</span>
                  )}
                </span>
                <span className="block truncate font-mono text-11 text-text-3">{provider.protocol}</span>
              </span>
              <Status kind={kind} quiet className="shrink-0 text-12">
                {text}
              </Status>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
