/** A 2 px line at a pane's top for work over a second; before that the old content just stays. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

export function Progress({ active }: { active: boolean }) {
  const { t } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), 1000);
    return () => clearTimeout(timer);
  }, [active]);
  if (!late) return null;
  return (
    <div
      role="progressbar"
      aria-label={t('kit.loading')}
      className="absolute inset-x-0 top-0 z-10 h-2 overflow-hidden"
    >
      <div className="h-full w-1/4 bg-accent-fill" style={{ animation: 'slide 1.4s linear infinite' }} />
    </div>
  );
}
