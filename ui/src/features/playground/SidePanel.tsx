/** What goes along with every question: instructions, parameters, tools, schema; and where it would go. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RouteReport } from '../../api/types/RouteReport';
import { Button } from '../../kit/Button';
import { Switch } from '../../kit/Switch';
import { TextArea } from '../../kit/TextInput';
import { useDraft } from './draft';
import type { Editing } from './JsonDialog';
import { ParameterFields } from './ParameterFields';
import { RouteSection } from './RouteSection';
import { readSchema, readTools } from './tools';

interface SidePanelProps {
  route: RouteReport | undefined;
  onEdit: (editing: Editing) => void;
}

export function SidePanel({ route, onEdit }: SidePanelProps) {
  const { t } = useTranslation(['playground', 'common']);
  const { instructions, tools, schema, schemaOn } = useDraft();
  const readable = readTools(tools);
  const wrongSchema = schemaOn && readSchema(schema).problem !== null;
  return (
    <aside
      data-region
      tabIndex={-1}
      aria-label={t('panel')}
      className="scroll-y flex w-[272px] shrink-0 flex-col gap-20 border-l border-line-2 py-16 pr-edge pl-16 @max-[679.98px]/main:w-auto @max-[679.98px]/main:pr-16 @max-[679.98px]/main:pl-20 @max-[679.98px]/main:overflow-visible @max-[679.98px]/main:border-t @max-[679.98px]/main:border-l-0"
    >
      <Section title={t('instructions.title')}>
        <TextArea
          aria-label={t('instructions.title')}
          dir="auto"
          rows={3}
          placeholder={t('instructions.placeholder')}
          value={instructions}
          onChange={(event) => useDraft.setState({ instructions: event.target.value })}
        />
      </Section>
      <Section title={t('parameter.title')}>
        <ParameterFields />
      </Section>
      <Section
        title={t('tools.title')}
        action={
          <Button size="small" variant="ghost" className="-mr-8" onClick={() => onEdit('tools')}>
            {tools.trim() === '' ? t('tools.add') : t('common:action.edit')}
          </Button>
        }
      >
        {readable.problem && <p className="text-12 text-error-ink">{t('cannot.tools')}</p>}
        {readable.value?.length === 0 && <p className="text-12 text-text-3">{t('tools.none')}</p>}
        {readable.value?.map(({ name }) => (
          <p key={name} className="flex items-center justify-between gap-8 text-12">
            <span className="truncate font-mono" title={name}>
              {name}
            </span>
            <span className="shrink-0 text-text-3">{t('tools.byHand')}</span>
          </p>
        ))}
      </Section>
      <Section
        title={t('schema.title')}
        action={
          <span className="flex items-center gap-4">
            {schemaOn && (
              <Button size="small" variant="ghost" onClick={() => onEdit('schema')}>
                {t('common:action.edit')}
              </Button>
            )}
            <Switch
              label={t('schema.title')}
              checked={schemaOn}
              onChange={(on) => {
                useDraft.setState({ schemaOn: on });
                if (on && schema.trim() === '') onEdit('schema');
              }}
            />
          </span>
        }
      >
        <p className={wrongSchema ? 'text-12 text-error-ink' : 'text-12 text-text-3'}>
          {wrongSchema ? t('cannot.schema') : t(schemaOn ? 'schema.on' : 'schema.off')}
        </p>
      </Section>
      <Section title={t('route.title')}>
        <RouteSection route={route} />
      </Section>
    </aside>
  );
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-6">
      <header className="flex h-24 items-center justify-between gap-8">
        <h2 className="font-strong">{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}
