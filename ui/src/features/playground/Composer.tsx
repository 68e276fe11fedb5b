/** Where the next question is written. Enter sends, Shift Enter breaks the line, Up edits the last, Esc stops. */
import { clsx } from 'clsx';
import { Braces, Image, Square } from 'lucide-react';
import { type KeyboardEvent, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { size } from '../../format';
import { Button } from '../../kit/Button';
import { IconButton } from '../../kit/IconButton';
import { Keys } from '../../kit/Kbd';
import { isComposing } from '../../kit/TextInput';
import { waitingCalls } from '../../protocols/conversation';
import { accepted } from '../../protocols/media-type';
import type { Obstacle } from './compose';
import { useDraft } from './draft';
import type { Editing } from './JsonDialog';
import { PictureList } from './PictureList';
import { largestBytes, mostPictures } from './pictures';
import { editLast, stop, useRun } from './run';
import { readTools } from './tools';
import { usePictures } from './use-pictures';

interface ComposerProps {
  /** Why the last attempt to send did nothing. */
  obstacle: Obstacle | null;
  onSend: () => void;
  onEdit: (editing: Editing) => void;
}

export function Composer({ obstacle, onSend, onEdit }: ComposerProps) {
  const { t } = useTranslation('playground');
  const text = useDraft((draft) => draft.text);
  const pictures = useDraft((draft) => draft.pictures);
  const tools = useDraft((draft) => draft.tools);
  const waiting = useDraft((draft) => waitingCalls(draft.turns).length > 0);
  const busy = useRun((run) => run.answer !== null);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { refused, over, add, remove, onPaste, drop, forgetRefused } = usePictures();

  useLayoutEffect(() => {
    const { current } = area;
    if (!current || current.value !== text) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);

  const sendNow = () => {
    forgetRefused();
    onSend();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (!busy) sendNow();
    } else if (event.key === 'ArrowUp' && text === '' && pictures.length === 0 && !busy) {
      event.preventDefault();
      editLast();
    } else if (event.key === 'Escape' && busy) {
      event.preventDefault();
      stop();
    }
  };
  const count = readTools(tools).value?.length;
  const line = `${obstacle ? 'obstacle' : ''} ${refused.length > 0 ? 'refused' : ''}`.trim();

  return (
    <div {...drop}>
      <div
        className={clsx(
          'flex flex-col gap-8 rounded-panel border bg-surface-1 p-8',
          'focus-within:outline-2 focus-within:outline-focus',
          over ? 'border-focus bg-accent-wash' : 'border-line-3',
        )}
      >
        <PictureList pictures={pictures} onRemove={remove} />
        <textarea
          ref={area}
          id="composer"
          rows={2}
          dir="auto"
          aria-label={t('composer.label')}
          aria-describedby={line === '' ? undefined : 'composer-line'}
          placeholder={over ? t('composer.drop') : t('composer.placeholder')}
          value={text}
          onChange={(event) => useDraft.setState({ text: event.target.value })}
          onPaste={onPaste}
          onKeyDown={onKeyDown}
          className="max-h-[240px] min-h-[44px] resize-none overflow-y-auto bg-transparent px-4 outline-none"
        />
        <div className="flex items-center gap-4">
          <input
            ref={picker}
            type="file"
            accept={accepted.join(',')}
            multiple
            hidden
            onChange={(event) => {
              void add([...(event.target.files ?? [])]);
              event.target.value = '';
            }}
          />
          <IconButton
            name={t('composer.addPicture')}
            icon={<Image size={16} />}
            onClick={() => picker.current?.click()}
          />
          <Button
            variant="ghost"
            icon={<Braces size={14} />}
            onClick={() => onEdit('tools')}
            className="text-12"
          >
            {count === 0 ? t('tools.title') : t('tools.count', { count: count ?? 0 })}
          </Button>
          <span className="ml-auto flex items-center gap-8 text-12 text-text-3">
            {busy ? (
              <>
                <Keys keys="escape" />
                <Button icon={<Square size={12} />} onClick={stop} className="min-w-[84px]">
                  {t('stop')}
                </Button>
              </>
            ) : (
              <>
                <Keys keys="enter" />
                <Button variant={waiting ? 'default' : 'primary'} onClick={sendNow} className="min-w-[84px]">
                  {t('send')}
                </Button>
              </>
            )}
          </span>
        </div>
      </div>
      {line !== '' && (
        <div id="composer-line" role="status" className="pt-6 text-12 text-error-ink">
          {obstacle && <p>{t(`cannot.${obstacle}`)}</p>}
          {refused.map(({ name, reason }, at) => (
            // oxlint-disable-next-line react/no-array-index-key
            <p key={at}>{t(`picture.${reason}`, { name, size: size(largestBytes), most: mostPictures })}</p>
          ))}
        </div>
      )}
    </div>
  );
}
