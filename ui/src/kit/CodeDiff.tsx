/** What became of a text: taken away and added lines, unchanged ones folded. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

interface CodeDiffProps {
  before: string;
  after: string;
  label: string;
}

export function CodeDiff({ before, after, label }: CodeDiffProps) {
  const { t } = useTranslation();
  const parent = useRef<HTMLDivElement>(null);
  const unchanged = t('kit.unchangedLines', { lines: '$' });
  useEffect(() => {
    let close: (() => void) | undefined;
    let left = false;
    void import('./code-diff').then(({ openDiff }) => {
      if (left || !parent.current) return;
      const phrases = { '$ unchanged lines': unchanged };
      close = openDiff({ parent: parent.current, before, after, label, phrases });
    });
    return () => {
      left = true;
      close?.();
    };
  }, [before, after, label, unchanged]);
  return <div ref={parent} className="relative min-h-0 flex-1 overflow-hidden bg-surface-2" />;
}
