/** Ctrl K: one field that goes to a screen or runs a command. Verbs first. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command as Cmdk } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../api/queries';
import { type Command, useAllCommands } from '../commands';
import { drawn, fits } from '../find';
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

/** A command, or something that was found. */
interface Choice {
  id: string;
  label: string;
  keys?: string[];
  /** Offered whatever is typed. */
  always?: boolean;
  run: () => void;
}

function Choices({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const commands = useAllCommands().filter(({ keyOnly }) => keyOnly !== true);
  const [text, setText] = useState('');
  const wanted = text.trim();
  const { data: models = [] } = useQuery({ ...queries.models, enabled: wanted !== '' });
  const navigate = useNavigate();
  const run = (command: Pick<Command, 'run'>) => {
    onDone();
    // After the dialog has given the focus back, so that the command may take it.
    setTimeout(command.run);
  };
  const group = (title: string, entries: Choice[]) =>
    entries.length > 0 && (
      <Cmdk.Group
        heading={title}
        // cmdk hides a group in which nothing fits, whatever its entries say.
        forceMount={entries.some(({ always }) => always)}
        className="[&_[cmdk-group-heading]]:px-12 [&_[cmdk-group-heading]]:pt-8 [&_[cmdk-group-heading]]:pb-2 [&_[cmdk-group-heading]]:text-11 [&_[cmdk-group-heading]]:text-text-3"
      >
        {entries.map((entry) => (
          <Cmdk.Item
            key={entry.id}
            value={`${entry.label} ${entry.id}`}
            forceMount={entry.always}
            onSelect={() => run(entry)}
            className="mx-4 flex h-32 items-center gap-12 rounded-control px-8 select-none data-[selected=true]:bg-surface-4"
          >
            <span className="min-w-0 flex-1 truncate">{entry.label}</span>
            {entry.keys?.[0] !== undefined && <Keys keys={entry.keys[0]} />}
          </Cmdk.Item>
        ))}
      </Cmdk.Group>
    );
  const found = models.filter(({ name }) => fits(name, wanted)).slice(0, drawn);
  const where: Choice[] = found.map(({ name }) => ({
    id: `model-${name}`,
    label: name,
    run: () => void navigate({ to: '/models', search: { model: name } }),
  }));
  const find: Choice = {
    id: 'find-requests',
    label: t('palette.findRequests', { text: wanted }),
    always: true,
    run: () => void navigate({ to: '/exchanges', search: { text: wanted } }),
  };
  return (
    <Cmdk loop label={t('palette.title')}>
      <Cmdk.Input
        value={text}
        onValueChange={setText}
        placeholder={t('palette.placeholder')}
        className="h-48 w-full border-b border-line-2 bg-transparent px-16 text-15 outline-none"
      />
      <Cmdk.List className="max-h-[320px] overflow-y-auto scroll-py-8 pb-4">
        {/* What works everywhere first: Enter right after Ctrl K must not stop anything. */}
        {group(t('palette.group.actions'), [
          ...commands.filter(({ group }) => group === 'everywhere'),
          ...commands.filter(({ group }) => group === undefined),
        ])}
        {group(
          t('palette.group.go'),
          commands.filter(({ group }) => group === 'go'),
        )}
        {wanted !== '' && group(t('palette.group.models'), where)}
        {wanted !== '' && group(t('palette.group.requests'), [find])}
      </Cmdk.List>
    </Cmdk>
  );
}
