/** Tools or schema as JSON. What is wrong is said at once, and kept: the draft may be wrong, a request may not. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { JsonEditor } from '../../kit/JsonEditor';
import { useDraft } from './draft';
import { sampleSchema, sampleTool } from './samples';
import { readSchema, readTools } from './tools';

export type Editing = 'tools' | 'schema';

const examples = { tools: [sampleTool], schema: sampleSchema };

export function JsonDialog({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const { t } = useTranslation(['playground', 'common']);
  const stored = useDraft((draft) => draft[editing]);
  const [text, setText] = useState(stored);
  const [shown, setShown] = useState(stored.trim() !== '');
  const read = editing === 'tools' ? readTools(text) : readSchema(text);
  const save = () => {
    setShown(true);
    if (editing === 'schema' && text.trim() === '') useDraft.setState({ schema: '', schemaOn: false });
    else if (read.problem) return;
    else useDraft.setState(editing === 'tools' ? { tools: text } : { schema: text, schemaOn: true });
    onClose();
  };
  const cancel = () => {
    // A switch that was turned on for a schema that was never written goes back.
    if (editing === 'schema' && stored.trim() === '') useDraft.setState({ schemaOn: false });
    onClose();
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && cancel()}
      title={t(`${editing}.title`)}
      description={t(`${editing}.explain`)}
      footer={
        <>
          <Button
            variant="ghost"
            className="mr-auto -ml-12"
            onClick={() => {
              setText(JSON.stringify(examples[editing], null, 2));
              setShown(true);
            }}
          >
            {t('example')}
          </Button>
          <Button onClick={cancel}>{t('common:action.cancel')}</Button>
          <Button variant="primary" onClick={save}>
            {t(`${editing}.save`)}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-6">
        <JsonEditor
          label={t(`${editing}.title`)}
          value={text}
          onChange={(next) => {
            setText(next);
            setShown(true);
          }}
          height={320}
        />
        {/* The room of the line is kept. */}
        <p role="status" className="min-h-[1.125rem] text-12 text-error-ink">
          {shown &&
            text.trim() !== '' &&
            read.problem &&
            t(`problem.${read.problem.code}`, { ...read.problem })}
        </p>
      </div>
    </Dialog>
  );
}
