/** Keys: who hears them, and when nobody does. */
import { fireEvent, render } from '@testing-library/react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { useAppearance } from './appearance';
import { type Command, followKeys, useCommands } from './commands';

function Offers({ commands }: { commands: Command[] }) {
  useCommands(commands);
  return <input aria-label="field" />;
}

function offer(...commands: (Partial<Command> & { keys: string[] })[]) {
  onTestFinished(followKeys());
  const runs = commands.map(() => vi.fn());
  const view = render(
    <Offers
      commands={commands.map((command, index) => ({
        id: String(index),
        label: 'Do',
        run: runs[index] ?? (() => undefined),
        ...command,
      }))}
    />,
  );
  return { runs, view, field: view.getByLabelText('field') };
}

const press = (key: string, init: KeyboardEventInit = {}, target: Element = document.body) =>
  fireEvent.keyDown(target, { key, ...init });

test('keys run their command, while it is offered', () => {
  const { runs, view } = offer({ keys: ['s'] }, { keys: ['mod+shift+c'] }, { keys: ['?'] });
  press('s');
  press('C', { ctrlKey: true, shiftKey: true });
  press('?', { shiftKey: true });
  expect(runs.map((run) => run.mock.calls.length)).toEqual([1, 1, 1]);
  view.unmount();
  press('s');
  expect(runs[0]).toHaveBeenCalledTimes(1);
});

test('the latest closure runs', () => {
  onTestFinished(followKeys());
  const first = vi.fn();
  const second = vi.fn();
  const command = { id: 'x', label: 'Do', keys: ['x'] };
  const view = render(<Offers commands={[{ ...command, run: first }]} />);
  view.rerender(<Offers commands={[{ ...command, run: second }]} />);
  press('x');
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
});

test('letters are letters in a field, Ctrl keys still work there', () => {
  const { runs, field } = offer({ keys: ['s'] }, { keys: ['mod+k'] });
  press('s', {}, field);
  press('k', { ctrlKey: true }, field);
  expect(runs.map((run) => run.mock.calls.length)).toEqual([0, 1]);
});

test('letters rest while a dialog is open, while composing, and when switched off', () => {
  const { runs } = offer({ keys: ['s'] }, { keys: ['escape'] });
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  document.body.append(dialog);
  press('s');
  dialog.remove();
  press('s', { isComposing: true });
  useAppearance.setState({ letterKeys: false });
  onTestFinished(() => {
    useAppearance.setState({ letterKeys: true });
  });
  press('s');
  press('Escape');
  expect(runs.map((run) => run.mock.calls.length)).toEqual([0, 1]);
});

test('another modifier is another key', () => {
  const { runs } = offer({ keys: ['s'] });
  press('s', { ctrlKey: true });
  press('s', { altKey: true });
  press('S', { shiftKey: true });
  press('s', { metaKey: true });
  expect(runs[0]).not.toHaveBeenCalled();
});
