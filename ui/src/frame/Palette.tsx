/** Ctrl K: one field that goes to a screen or runs a command. Verbs first. */
import { Command as Cmdk } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { type Command, useAllCommands } from '../commands';
import { Keys } from '../kit/Kbd';
import { focusFirstField, useReturnFocus } from '../kit/use-return-focus';
import { usePalette } from './palette-state';

export function Palette() {
  const { t } = useTranslation();
  const open = usePalette((state) => state.open);
  const giveBack = useReturnFocus(open);
  const setOpen = (next: boolean) => usePalette.setState({ open: next });
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Overlay
          className="fixed inset-0 z-40 bg-scrim"
          style={{ animation: 'appear var(--normal) var(--ease-out)' }}
        />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusFirstField}
          onCloseAutoFocus={giveBack}
          className="fixed top-[14vh] left-1/2 z-40 w-[560px] max-w-[calc(100vw-48px)] -translate-x-1/2 overflow-hidden rounded-dialog bg-surface-pop shadow-dialog"
          style={{ animation: 'appear var(--normal) var(--ease-out)' }}
        >
          <Dialog.Title className="sr-only">{t('palette.title')}</Dialog.Title>
          <Choices onDone={() => setOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Choices({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const commands = useAllCommands().filter(({ keyOnly }) => keyOnly !== true);
  const run = (command: Command) => {
    onDone();
    // After the dialog has given the focus back, so that the command may take it.
    setTimeout(command.run);
  };
  const group = (title: string, entries: Command[]) =>
    entries.length > 0 && (
      <Cmdk.Group
        heading={title}
        className="[&_[cmdk-group-heading]]:px-12 [&_[cmdk-group-heading]]:pt-8 [&_[cmdk-group-heading]]:pb-2 [&_[cmdk-group-heading]]:text-11 [&_[cmdk-group-heading]]:text-text-3"
      >
        {entries.map((command) => (
          <Cmdk.Item
            key={command.id}
            value={`${command.label} ${command.id}`}
            onSelect={() => run(command)}
            className="mx-4 flex h-32 items-center gap-12 rounded-control px-8 select-none data-[selected=true]:bg-surface-4"
          >
            <span className="min-w-0 flex-1 truncate">{command.label}</span>
            {command.keys?.[0] !== undefined && <Keys keys={command.keys[0]} />}
          </Cmdk.Item>
        ))}
      </Cmdk.Group>
    );
  return (
    <Cmdk loop label={t('palette.title')}>
      <Cmdk.Input
        placeholder={t('palette.placeholder')}
        className="h-48 w-full border-b border-line-2 bg-transparent px-16 text-15 outline-none"
      />
      <Cmdk.List className="max-h-[320px] overflow-y-auto scroll-py-8 pb-4">
        <Cmdk.Empty className="px-16 py-12 text-text-2">{t('palette.empty')}</Cmdk.Empty>
        {group(
          t('palette.group.actions'),
          commands.filter(({ group }) => group !== 'go'),
        )}
        {group(
          t('palette.group.go'),
          commands.filter(({ group }) => group === 'go'),
        )}
      </Cmdk.List>
    </Cmdk>
  );
}
