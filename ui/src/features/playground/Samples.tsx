/** The empty playground: three prompts that show a picture, a tool and a schema, on the built-in echo. */
import { Braces, Image, ListChecks, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { showToast } from '../../kit/Toast';
import { useDraft } from './draft';
import { overwritten, type SampleName, sampleDraft, sampleNames } from './samples';

const icons: Record<SampleName, LucideIcon> = { picture: Image, tool: Braces, schema: ListChecks };

export function Samples({ onSample }: { onSample: () => void }) {
  const { t } = useTranslation(['playground', 'common']);
  const ask = (name: SampleName) => {
    const before = overwritten(useDraft.getState());
    useDraft.setState(sampleDraft(name, t(`sample.${name}.text`)));
    onSample();
    if (!before) return;
    showToast(t('sample.overwrote'), {
      label: t('common:action.undo'),
      // What was written since then stays.
      run: () =>
        useDraft.setState(({ text, pictures }) =>
          text === '' && pictures.length === 0 ? before : { ...before, text, pictures },
        ),
    });
  };
  return (
    <div className="flex flex-col gap-12">
      <div>
        <p className="font-medium">{t('empty.title')}</p>
        <p className="text-text-2">{t('empty.why')}</p>
      </div>
      <ul className="border-t border-line-1">
        {sampleNames.map((name) => {
          const Icon = icons[name];
          return (
            <li key={name} className="border-b border-line-1">
              <button
                type="button"
                onClick={() => ask(name)}
                className="row-focus flex min-h-[46px] w-full items-center gap-12 rounded-control px-8 py-6 text-left hover:bg-surface-3"
              >
                <Icon size={16} aria-hidden="true" className="shrink-0 text-text-3" />
                <span className="min-w-0">
                  <span className="block">{t(`sample.${name}.text`)}</span>
                  <span className="block text-12 text-text-3">{t(`sample.${name}.shows`)}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
