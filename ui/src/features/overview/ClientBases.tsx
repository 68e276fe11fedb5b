/** What to write where in a client: the base URL of each protocol, its variable, and a first request. */
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { clientForms, firstRequest, formOf } from '../../client-forms';
import { useOrigin } from '../../frame/base-url';
import { CommandLine } from '../../kit/CommandLine';
import { CopyButton } from '../../kit/CopyButton';
import { ProtocolMark } from '../../protocols/ProtocolMark';

export function ClientBases({ form, accessKeys }: { form: string; accessKeys: number }) {
  const { t } = useTranslation('overview');
  const origin = useOrigin();
  const cell = 'border-b border-line-1 py-4 pr-16 align-middle';
  return (
    <div className="pr-edge pb-16 pl-20">
      <div className="overflow-x-auto">
        <table className="w-full text-left">
          <caption className="sr-only">{t('clients.title')}</caption>
          <thead>
            <tr className="text-11 text-text-3">
              {(['protocol', 'clients', 'baseUrl', 'variable'] as const).map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={clsx(
                    'h-[28px] border-b border-line-2 pr-16 font-normal',
                    column === 'clients' && '@max-[759.98px]/main:hidden',
                  )}
                >
                  {t(`clients.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {clientForms.map(({ value, label, protocol, path, variable, clients }) => (
              <tr key={value}>
                <th scope="row" className={clsx(cell, 'font-medium whitespace-nowrap')}>
                  <span className="inline-flex items-center gap-8">
                    <ProtocolMark protocol={protocol} />
                    {label}
                  </span>
                </th>
                <td className={clsx(cell, 'text-text-2 @max-[759.98px]/main:hidden')}>{clients}</td>
                <td className={cell}>
                  <Copied text={`${origin}${path}`} name={t('clients.copyBase', { form: label })} />
                </td>
                <td className={cell}>
                  <Copied
                    text={variable}
                    copies={`export ${variable}=${origin}${path}`}
                    name={t('clients.copyVariable', { variable })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="max-w-[720px] pt-8 text-12 text-text-2">
        {accessKeys === 0 ? t('clients.anyKey') : t('clients.accessKey')}
      </p>
      <p className="max-w-[720px] pt-4 text-12 text-text-2">{t('clients.cursor')}</p>
      <h2 className="pt-12 pb-6 font-medium">{t('clients.first', { form: formOf(form).label })}</h2>
      <div className="max-w-[720px]">
        <CommandLine command={firstRequest(origin, accessKeys, form)} copyName={t('first.copyLine')} />
      </div>
    </div>
  );
}

/** A text for a machine with its copy button; `copies` where that is more than what is shown. */
function Copied({ text, copies = text, name }: { text: string; copies?: string; name: string }) {
  return (
    <span className="inline-flex items-center gap-4 font-mono text-12 whitespace-nowrap">
      {text}
      <CopyButton text={copies} name={name} size="small" />
    </span>
  );
}
