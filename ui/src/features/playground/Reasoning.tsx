/** The model's reasoning, folded. */
import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { count } from '../../format';
import { StreamedText } from './StreamedText';

interface ReasoningProps {
  /** Null if only the provider can read it. */
  text: string | null;
  growing: boolean;
  tokens: number | null;
}

export function Reasoning({ text, growing, tokens }: ReasoningProps) {
  const { t } = useTranslation('playground');
  const title = tokens === null ? t('reasoning.title') : t('reasoning.tokens', { tokens: count(tokens) });
  if (text === null || (text === '' && !growing)) {
    return <p className="text-12 text-text-2">{t('reasoning.sealed', { title })}</p>;
  }
  return (
    <details className="group/fold">
      <summary className="inline-flex h-24 list-none items-center gap-6 rounded-control pr-8 text-text-2 hover:text-text-1 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden="true"
          className="transition-transform duration-(--fast) group-open/fold:rotate-90"
        />
        {growing ? t('reasoning.growing') : title}
      </summary>
      <div className="mt-4 border-l-2 border-line-2 pl-12 text-text-2">
        <StreamedText text={text} growing={growing} />
      </div>
    </details>
  );
}
