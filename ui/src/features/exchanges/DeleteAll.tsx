/** The menu that empties the log. */
import { MoreHorizontal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DeleteRequests } from '../../frame/DeleteRequests';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { showToast } from '../../kit/Toast';

export function DeleteAll({ total }: { total: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Menu
        trigger={<IconButton name={t('action.more')} variant="default" icon={<MoreHorizontal size={16} />} />}
        items={[
          {
            label: t('deleteRequests.all'),
            icon: <Trash2 size={14} />,
            danger: true,
            onSelect: () => (total === 0 ? showToast(t('deleteRequests.none')) : setOpen(true)),
          },
        ]}
      />
      <DeleteRequests open={open} onOpenChange={setOpen} total={total} />
    </>
  );
}
