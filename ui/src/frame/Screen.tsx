/** The common shape of a screen: header with title, count and actions, an optional bar, then the content. */
import { Search } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../kit/IconButton';
import { Banners } from './Banners';
import { usePalette } from './palette-state';
import { SignedOut, useSignedOut } from './SignedOut';

interface ScreenProps {
  title: string;
  /** A quiet fact beside the title: "412 today". */
  count?: ReactNode;
  /** Buttons, primary last. */
  actions?: ReactNode;
  /** A filter or status bar under the header, 44 high. */
  bar?: ReactNode;
  /** The screen itself says why the server failed, so the banner need not. */
  ownsServerFailure?: boolean;
  /** The page itself never scrolls: what is in here does. */
  children: ReactNode;
}

export function Screen({ title, count, actions, bar, ownsServerFailure = false, children }: ScreenProps) {
  const { t } = useTranslation();
  const signedOut = useSignedOut();
  useEffect(() => {
    document.title = `${title} · Patchbay`;
  }, [title]);
  return (
    <main
      id="main"
      data-region
      tabIndex={-1}
      aria-label={title}
      className="@container/main relative flex min-h-0 min-w-0 flex-col bg-surface-1"
    >
      {/* In a very narrow window the actions have a line of their own. */}
      <header className="flex min-h-header shrink-0 items-center justify-end gap-8 border-b border-line-2 py-4 pr-16 pl-20 @max-[459.98px]/main:flex-wrap @max-[459.98px]/main:py-8">
        <h1 className="shrink-0 text-15 font-strong">{title}</h1>
        <span className="min-w-0 flex-1 truncate text-text-3">{count}</span>
        <IconButton
          name={t('palette.open')}
          keys="mod+k"
          icon={<Search size={16} />}
          onClick={() => usePalette.setState({ open: true })}
        />
        {!signedOut && actions}
      </header>
      {!signedOut && <Banners withoutServer={ownsServerFailure} />}
      {!signedOut && bar !== undefined && (
        <div className="flex min-h-[44px] shrink-0 items-center gap-8 border-b border-line-2 py-6 pr-16 pl-20">
          {bar}
        </div>
      )}
      {signedOut ? <SignedOut /> : children}
    </main>
  );
}
