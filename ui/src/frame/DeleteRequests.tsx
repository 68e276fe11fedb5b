/** The question before the log is emptied: it says how much goes, whatever a filter shows. */
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../api/client';
import type { Deleted } from '../api/types/Deleted';
import { count } from '../format';
import { Confirm } from '../kit/Dialog';

interface DeleteRequestsProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** All rows of the log. */
  total: number;
}

export function DeleteRequests({ open, onOpenChange, total }: DeleteRequestsProps) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: () => api.delete<Deleted>('/admin/exchanges'),
    onSuccess: () => onOpenChange(false),
  });
  const amount = { count: total, formatted: count(total) };
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next);
        remove.reset();
      }}
      title={t('deleteRequests.title', amount)}
      action={t('deleteRequests.action', amount)}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {t('deleteRequests.body')}
      {remove.error && <p className="pt-8 text-error-ink">{messageOf(remove.error)}</p>}
    </Confirm>
  );
}
