/** "Where would it go?": the decision for a model name, step by step; nothing is sent. */
import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { MessageSquare } from 'lucide-react';
import { type ReactNode, type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sentenceOf } from '../../api/sentence';
import type { RouteReport } from '../../api/types/RouteReport';
import type { RouteTarget } from '../../api/types/RouteTarget';
import { buttonLook } from '../../kit/Button';
import { Notice } from '../../kit/Notice';
import { Select } from '../../kit/Select';
import { StatusShape } from '../../kit/Status';
import { TextInput } from '../../kit/TextInput';
import { WithCode } from '../../kit/WithCode';
import { clientProtocols } from '../../protocols';
import { PatchLine } from '../../protocols/PatchLine';

interface DryRunProps {
  ref: Ref<HTMLInputElement>;
  model: string;
  protocol: string;
  report: RouteReport | undefined;
  onAsk: (question: { model?: string; protocol?: string }) => void;
}

export function DryRun({ ref, model, protocol, report, onAsk }: DryRunProps) {
  const { t } = useTranslation('models');
  // The address follows a moment later: until the field is left it shows its own text, or the caret would jump.
  const [typed, setTyped] = useState<string | null>(null);
  const [first, ...others] = report?.targets ?? [];
  const sentence = useReasonSentence();
  return (
    <section
      aria-label={t('dryRun.title')}
      className="scroll-y flex w-[320px] shrink-0 flex-col gap-12 border-l border-line-2 py-16 pr-edge pl-20 @max-[759.98px]/main:w-auto @max-[759.98px]/main:border-t @max-[759.98px]/main:border-l-0"
    >
      <h2 className="font-strong">{t('dryRun.title')}</h2>
      <div className="flex flex-col gap-6">
        <TextInput
          ref={ref}
          mono
          aria-label={t('dryRun.model')}
          placeholder={t('dryRun.placeholder')}
          value={typed ?? model}
          onChange={({ target }) => {
            setTyped(target.value);
            onAsk({ model: target.value });
          }}
          onBlur={() => setTyped(null)}
        />
        <span className="flex items-center gap-8 text-12 text-text-2">
          {t('dryRun.askedAs')}
          <Select
            size="small"
            mono
            label={t('dryRun.askedAs')}
            value={protocol}
            onChange={(next) => onAsk({ protocol: next })}
            options={clientProtocols.map((value) => ({ value, label: value }))}
          />
        </span>
      </div>
      {model === '' && <p className="text-12 text-text-3">{t('dryRun.hint')}</p>}
      {model !== '' && report && (
        <div aria-live="polite" className="flex flex-col gap-12">
          <ol className="border-t border-line-1">
            {report.reasons.map(({ code, message }, index) => (
              <Step key={`${code} ${index}`} number={index + 1}>
                <WithCode text={sentence(code, message)} />
              </Step>
            ))}
            {first && (
              <Step number={report.reasons.length + 1}>
                <Target target={first} asked={protocol} />
              </Step>
            )}
          </ol>
          {report.refusal !== null && (
            <Notice tone="warn">
              <WithCode text={sentenceOf({ message: report.refusal, wording: report.wording })} />
            </Notice>
          )}
          {first && (
            <div className="border-t border-line-1 pt-12">
              <h3 className="pb-4 font-strong">{t('dryRun.ifItFails')}</h3>
              {others.length === 0 ? (
                <p className="text-12 text-text-2">{t('dryRun.noOther')}</p>
              ) : (
                <ol className="flex flex-col gap-8">
                  {others.map((target) => (
                    <li key={`${target.provider}/${target.model}/${target.account}`}>
                      <Target target={target} asked={protocol} />
                    </li>
                  ))}
                </ol>
              )}
            </div>
          )}
          {first && (
            <Link to="/playground" search={{ model }} className={clsx(buttonLook(), 'self-start')}>
              <MessageSquare size={14} />
              {t('dryRun.playground')}
            </Link>
          )}
        </div>
      )}
    </section>
  );
}

const reasons = [
  'default_model',
  'exact_alias',
  'in_order',
  'listed',
  'no_match',
  'no_provider',
  'pattern_alias',
  'provider_prefix',
  'single_provider',
] as const;

/** A reason in the language of the page, with the names of the server's sentence; one we do not know as it is. */
function useReasonSentence(): (code: string, message: string) => string {
  const { t } = useTranslation('models');
  return (code, message) => {
    const known = reasons.find((reason) => reason === code);
    const [first = '', second = ''] = [...message.matchAll(/`([^`]*)`/g)].map(([, name]) => name);
    return known ? t(`dryRun.reason.${known}`, { first, second }) : message;
  };
}

function Step({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="flex gap-12 pt-12">
      <span aria-hidden="true" className="w-[18px] shrink-0 text-text-3 tabular">
        {number}
      </span>
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</div>
    </li>
  );
}

function Target({ target, asked }: { target: RouteTarget; asked: string }) {
  const { t } = useTranslation('models');
  return (
    <div className="flex flex-col gap-2">
      <code className="font-mono text-12 [overflow-wrap:anywhere]">
        {target.provider}/{target.model}
      </code>
      <span className="flex flex-wrap items-center gap-x-8 text-12 text-text-2">
        <PatchLine from={asked} to={target.protocol} />
        {target.pass_through ? t('dryRun.through') : t('dryRun.translated')}
      </span>
      {target.account !== null && (
        <span className="text-12 text-text-3">{t('dryRun.account', { account: target.account })}</span>
      )}
      {target.problem !== null && (
        <span className="flex items-start gap-6 text-12 text-error-ink">
          <StatusShape kind="failed" className="mt-4" />
          <span>
            <WithCode text={sentenceOf({ message: target.problem, wording: target.wording })} />
          </span>
        </span>
      )}
    </div>
  );
}
