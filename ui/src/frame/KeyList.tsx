/** All keys that work here and now. */
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance';
import { type Command, useAllCommands } from '../commands';
import { Dialog } from '../kit/Dialog';
import { Keys } from '../kit/Kbd';

export function KeyList({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const letters = useAppearance(({ letterKeys }) => letterKeys);
  const commands = useAllCommands().filter(({ keys }) => keys !== undefined);
  const lists: Command[] = [
    { id: 'move', label: t('keys.listMove'), keys: ['arrowdown', 'arrowup', 'j', 'k'], run: () => undefined },
    { id: 'open', label: t('keys.listOpen'), keys: ['enter'], run: () => undefined },
    { id: 'ends', label: t('keys.listEnds'), keys: ['home', 'end'], run: () => undefined },
  ];
  const everywhere: Command[] = [
    ...commands.filter(({ group }) => group !== undefined),
    { id: 'close', label: t('keys.closeTop'), keys: ['escape'], run: () => undefined },
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('keys.title')} showsOnly>
      {!letters && <p className="pb-12 text-text-2">{t('keys.lettersOff')}</p>}
      <Group title={t('keys.here')} commands={commands.filter(({ group }) => group === undefined)} />
      <Group title={t('keys.lists')} commands={lists} />
      <Group title={t('keys.everywhere')} commands={everywhere} />
    </Dialog>
  );
}

function Group({ title, commands }: { title: string; commands: Command[] }) {
  if (commands.length === 0) return null;
  return (
    <section className="pb-16 last:pb-0">
      <h3 className="pb-4 text-11 font-medium text-text-3">{title}</h3>
      <dl>
        {commands.map(({ id, label, keys = [] }) => (
          <div
            key={id}
            className="flex min-h-24 items-center justify-between gap-12 border-b border-line-1 py-4 last:border-0"
          >
            <dt>{label}</dt>
            <dd className="flex gap-8">
              {keys.map((key) => (
                <Keys key={key} keys={key} />
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
