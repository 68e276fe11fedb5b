/** Only for what just happened out of sight or can be undone; it stays while hovered or focused. */

import { useTranslation } from 'react-i18next';
import { Toaster as Sonner, toast } from 'sonner';
import { Button } from './Button';

export function Toaster() {
  const { t } = useTranslation();
  return (
    <Sonner
      position="bottom-right"
      duration={8000}
      gap={8}
      visibleToasts={3}
      containerAriaLabel={t('kit.notifications')}
      // As wide as a side panel, so that it never lies on the Send button.
      offset={12}
      toastOptions={{ unstyled: true, className: 'w-[248px]' }}
    />
  );
}

interface ToastAction {
  label: string;
  run: () => void;
}

/** `showToast('Alias gpt-4o deleted.', { label: 'Undo', run })` */
export function showToast(message: string, action?: ToastAction): void {
  toast.custom((id) => (
    <div className="flex items-center gap-12 rounded-panel bg-surface-pop py-8 pr-8 pl-12 font-ui text-13 text-text-1 shadow-pop">
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{message}</span>
      {action && (
        <Button
          size="small"
          onClick={() => {
            toast.dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
    </div>
  ));
}
