/** The models a provider says it has; asked for when somebody wants to see them. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Provider } from '../../api/types/Provider';
import { drawn, fits } from '../../find';
import { count } from '../../format';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { TextInput } from '../../kit/TextInput';
import { WithCode } from '../../kit/WithCode';
import { Section } from './Section';

/** A field to find one appears above so many. */
const many = 12;

export function ModelNames({ provider }: { provider: Provider }) {
  const { t } = useTranslation(['providers', 'common']);
  const [wanted, setWanted] = useState(provider.built_in);
  const [text, setText] = useState('');
  const { data, error, isFetching, refetch } = useQuery({
    ...queries.providerModels(provider.id),
    enabled: wanted,
  });
  const models = data?.models ?? [];
  const found = models.filter(({ id }) => fits(id, text));
  const left = found.length - drawn;
  return (
    <Section
      title={t('models.title')}
      note={data && t('models.count', { count: models.length, formatted: count(models.length) })}
      action={
        !provider.built_in && (
          <Button
            variant="ghost"
            size="small"
            busy={isFetching}
            onClick={() => (wanted ? void refetch() : setWanted(true))}
          >
            {wanted ? t('models.again') : t('models.ask')}
          </Button>
        )
      }
    >
      {error && (
        <p className="pt-8 text-12 text-error-ink">
          <WithCode text={messageOf(error)} />
        </p>
      )}
      {!wanted && <p className="pt-8 text-12 text-text-3">{t('models.hint')}</p>}
      {models.length > many && (
        <TextInput
          type="search"
          aria-label={t('models.find')}
          placeholder={t('models.find')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="mt-8 w-[220px]"
        />
      )}
      <ul className="max-h-[320px] overflow-y-auto">
        {found.slice(0, drawn).map(({ id, display_name }) => {
          const name = `${provider.id}/${id}`;
          return (
            <li key={id} className="flex h-row items-center gap-8 border-b border-line-1 last:border-0">
              <code className="min-w-0 truncate font-mono text-12" title={name}>
                {name}
              </code>
              <span className="min-w-0 flex-1 truncate text-12 text-text-3">
                {display_name !== id && display_name}
              </span>
              <Link
                to="/playground"
                search={{ model: name }}
                className="shrink-0 rounded-control text-12 font-medium text-text-2 hover:text-text-1"
              >
                {t('models.try')}
              </Link>
              <CopyButton text={name} name={t('models.copy', { name })} size="small" />
            </li>
          );
        })}
        {left > 0 && (
          <li className="flex h-row items-center text-12 text-text-3">
            {t('common:find.more', { count: left, formatted: count(left) })}
          </li>
        )}
      </ul>
    </Section>
  );
}
