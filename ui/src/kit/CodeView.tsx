/** Text that a machine reads, to look at: numbered lines, folding, search with Ctrl F, copy. */
import { Search, WrapText } from 'lucide-react';
import { type Ref, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { CopyButton } from './CopyButton';
import type { CodeHandle } from './code-mirror';
import { IconButton } from './IconButton';

interface CodeViewProps {
  text: string;
  label: string;
  language?: 'json' | 'text';
}

/** Over this many characters only the beginning is shown until all is asked for. */
const large = 1_000_000;
const beginning = 256 * 1024;

export function CodeView({ text, label, language = 'json' }: CodeViewProps) {
  const { t } = useTranslation();
  const [wrap, setWrap] = useState(false);
  const [all, setAll] = useState(false);
  const surface = useRef<CodeSurfaceHandle>(null);
  const cut = text.length > large && !all;
  const shown = cut ? text.slice(0, beginning) : text;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col bg-surface-2">
      {/* Opaque: a long line goes on under it. */}
      <div className="absolute top-4 right-12 z-10 flex gap-2 rounded-control bg-surface-2 px-4">
        <IconButton
          name={t('search.find')}
          keys="mod+f"
          icon={<Search size={14} />}
          size="small"
          onClick={() => surface.current?.find()}
        />
        <IconButton
          name={t('kit.softWrap')}
          icon={<WrapText size={14} />}
          size="small"
          aria-pressed={wrap}
          onClick={() => setWrap(!wrap)}
          className="aria-pressed:text-accent-ink"
        />
        <CopyButton text={text} name={t('action.copy')} size="small" />
      </div>
      <CodeSurface
        handle={surface}
        text={shown}
        label={label}
        language={cut ? 'text' : language}
        wrap={wrap}
      />
      {cut && (
        <div className="flex items-center gap-12 border-t border-line-2 px-12 py-6 text-text-2">
          {t('kit.showFirst', { size: '256 KB', total: megabytes(text.length) })}
          <Button size="small" onClick={() => setAll(true)}>
            {t('action.showAll')}
          </Button>
        </div>
      )}
    </div>
  );
}

const megabytes = (length: number) =>
  `${(length / 1024 / 1024).toLocaleString(undefined, { maximumSignificantDigits: 3 })} MB`;

export interface CodeSurfaceHandle {
  find: () => void;
}

interface CodeSurfaceProps {
  handle?: Ref<CodeSurfaceHandle>;
  text: string;
  label: string;
  language: 'json' | 'text';
  wrap: boolean;
  onChange?: (text: string) => void;
  placeholder?: string;
}

/** The bare viewer or editor: plain text until CodeMirror is there, in the same place and type. */
export function CodeSurface({
  handle,
  text,
  label,
  language,
  wrap,
  onChange,
  placeholder,
}: CodeSurfaceProps) {
  const parent = useRef<HTMLDivElement>(null);
  const code = useRef<CodeHandle | null>(null);
  const phrases = useSearchPhrases();
  useImperativeHandle(handle, () => ({ find: () => code.current?.find() }));
  const [ready, setReady] = useState(false);
  const latest = useRef({ text, wrap, onChange });
  useEffect(() => {
    latest.current = { text, wrap, onChange };
    code.current?.setText(text);
    code.current?.setWrap(wrap);
  });
  const editable = onChange !== undefined;
  useEffect(() => {
    let left = false;
    void import('./code-mirror').then(({ openCode }) => {
      if (left || !parent.current) return;
      code.current = openCode({
        parent: parent.current,
        text: latest.current.text,
        wrap: latest.current.wrap,
        label,
        language,
        placeholder,
        phrases,
        onChange: editable ? (next) => latest.current.onChange?.(next) : undefined,
      });
      setReady(true);
    });
    return () => {
      left = true;
      code.current?.destroy();
      code.current = null;
      setReady(false);
    };
  }, [label, language, placeholder, editable, phrases]);
  return (
    <div ref={parent} className="relative min-h-0 flex-1 overflow-hidden">
      {!ready && (
        <pre className="h-full overflow-hidden px-48 py-8 text-12 leading-[1.1875rem]">
          {text.slice(0, 20_000)}
        </pre>
      )}
    </div>
  );
}

/** The words of CodeMirror's search field. */
function useSearchPhrases(): Record<string, string> {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      Find: t('search.find'),
      next: t('search.next'),
      previous: t('search.previous'),
      all: t('search.all'),
      'match case': t('search.matchCase'),
      regexp: t('search.regexp'),
      'by word': t('search.byWord'),
      close: t('action.close'),
    }),
    [t],
  );
}
