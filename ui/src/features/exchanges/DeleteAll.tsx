/** Empties the log, after a question that says how much goes. */
import { useMutation } from '@tanstack/react-query';
import { MoreHorizontal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import type { Deleted } from '../../api/types/Deleted';
import { count } from '../../format';
import { Confirm } from '../../kit/Dialog';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { showToast } from '../../kit/Toast';

export function DeleteAll({ total }: { total: number }) {
  const { t } = useTranslation(['exchanges', 'common']);
  const [open, setOpen] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.delete<Deleted>('/admin/exchanges'),
    onSuccess: () => setOpen(false),
  });
  const amount = { count: total, formatted: count(total) };
  return (
    <>
      <Menu
        trigger={
          <IconButton name={t('common:action.more')} variant="default" icon={<MoreHorizontal size={16} />} />
        }
        items={[
          {
            label: t('delete.menu'),
            icon: <Trash2 size={14} />,
            danger: true,
            onSelect: () => (total === 0 ? showToast(t('delete.none')) : setOpen(true)),
          },
        ]}
      />
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t('delete.title', amount)}
        action={t('delete.action', amount)}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        {t('delete.body')}
        {remove.error && <p className="pt-8 text-error-ink">{messageOf(remove.error)}</p>}
      </Confirm>
    </>
  );
}
