/** Accounts that another program is signed in to, from its JSON: pasted, or out of files. */
import { FolderOpen } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import type { ImportReport } from '../../api/types/ImportReport';
import type { Provider } from '../../api/types/Provider';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { TextArea } from '../../kit/TextInput';
import { type Imported, ImportResult } from './ImportResult';
import { useChange } from './use-change';

/** A text that is to be imported, and the file it came from. */
interface Given {
  file: string | null;
  text: string;
}

export function ImportAccounts({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation(['providers', 'common']);
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const files = useRef<HTMLInputElement>(null);
  const note = useId();
  const add = useChange(async (all: Given[]) => {
    const results: Imported[] = [];
    for (const given of all) {
      // One after the other: the names of new accounts are counted up.
      // oxlint-disable-next-line eslint/no-await-in-loop
      results.push(await imported(provider.id, given, t('import.notJson')));
    }
    return results;
  });
  const paste = () => {
    if (text.trim() === '') return setError(t('import.missing'));
    if (parsed(text) === undefined) return setError(t('import.notJson'));
    setError(undefined);
    add.mutate([{ file: null, text }]);
  };
  const choose = async (chosen: FileList | null) => {
    const all = await Promise.all(
      [...(chosen ?? [])].map(async (file) => ({ file: file.name, text: await file.text() })),
    );
    if (all.length > 0) add.mutate(all);
  };
  const done = add.data !== undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('import.title', { provider: provider.name })}
      footer={
        done ? (
          <Button variant="primary" autoFocus onClick={onClose}>
            {t('import.close')}
          </Button>
        ) : (
          <>
            <Button
              icon={<FolderOpen size={14} />}
              className="mr-auto"
              busy={add.isPending}
              aria-describedby={note}
              onClick={() => files.current?.click()}
            >
              {t('import.choose')}
            </Button>
            <Button onClick={onClose}>{t('common:action.cancel')}</Button>
            <Button variant="primary" busy={add.isPending} onClick={paste}>
              {t('import.run')}
            </Button>
          </>
        )
      }
    >
      {done ? (
        <ImportResult results={add.data} />
      ) : (
        <div className="flex flex-col gap-12 pr-8">
          <p id={note} className="text-text-2">
            {t('import.what')}
          </p>
          <Field
            label={t('import.text')}
            hint={t('import.hint')}
            error={error ?? (add.error ? messageOf(add.error) : undefined)}
          >
            {(field) => (
              <TextArea
                {...field}
                mono
                rows={10}
                autoComplete="off"
                placeholder={'[{ "refreshToken": "…", "clientId": "…", "clientSecret": "…" }]'}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          <input
            ref={files}
            type="file"
            accept=".json,application/json"
            multiple
            hidden
            aria-label={t('import.choose')}
            onChange={(event) => void choose(event.target.files)}
          />
        </div>
      )}
    </Dialog>
  );
}

async function imported(provider: string, { file, text }: Given, notJson: string): Promise<Imported> {
  const accounts = parsed(text);
  if (accounts === undefined) return { file, added: [], refused: [], problem: notJson };
  try {
    const report = await api.post<ImportReport>('/admin/accounts/import', { provider, accounts });
    return { file, ...report, problem: null };
  } catch (failure) {
    // What was added from the files before it is told all the same.
    if (file === null) throw failure;
    return { file, added: [], refused: [], problem: messageOf(failure) };
  }
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
