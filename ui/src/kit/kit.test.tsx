/** What the kit promises beyond looks: names, keys, focus, and what it refuses. */
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { PatchLine } from '../protocols/PatchLine';
import { axe } from '../test/axe';
import { renderPart } from '../test/render';
import { Button } from './Button';
import { CopyButton } from './CopyButton';
import { Confirm, Dialog } from './Dialog';
import { Field } from './Field';
import { Markdown } from './Markdown';
import { Menu } from './Menu';
import { NumberInput } from './NumberInput';
import { SecretInput } from './SecretInput';
import { Segmented } from './Segmented';
import { Select } from './Select';
import { SplitPane } from './SplitPane';
import { Switch } from './Switch';
import { type Column, Table } from './Table';
import { TextInput } from './TextInput';
import { Tooltip, TooltipProvider } from './Tooltip';

test.each([
  ['anthropic', 'anthropic', 'Anthropic, passed through'],
  ['anthropic', 'openai_chat', 'Anthropic to OpenAI chat, translated'],
  ['openai_chat', null, 'OpenAI chat, not routed'],
  ['openai_chat', 'gone_protocol', 'OpenAI chat to gone_protocol, translated'],
])('the patch line %s → %s says "%s"', (from, to, sentence) => {
  render(<PatchLine from={from} to={to} />);
  expect(screen.getByRole('img', { name: sentence })).toBeInTheDocument();
});

test('an unavailable button keeps the focus order, tells why and does nothing', async () => {
  const onClick = vi.fn();
  const { user } = renderPart(
    <Button unavailable="There is no key yet." onClick={onClick}>
      Test
    </Button>,
  );
  await user.tab();
  expect(screen.getByRole('button')).toHaveFocus();
  await user.keyboard('{Enter}');
  expect(onClick).not.toHaveBeenCalled();
  expect(await screen.findByRole('tooltip')).toHaveTextContent('There is no key yet.');
});

test('a tooltip writes each of its combinations key by key', async () => {
  const { user } = renderPart(
    <Tooltip text="Move" keys={['alt+arrowup', 'alt+arrowdown']}>
      <button type="button">Row</button>
    </Tooltip>,
  );
  await user.tab();
  await screen.findByRole('tooltip');
  const keys = [...document.querySelectorAll('[data-side] > span kbd')].map((key) => key.textContent);
  expect(keys).toEqual(['Alt', '↑', 'Alt', '↓']);
});

test('a busy button keeps its label and does nothing', async () => {
  const onClick = vi.fn();
  const { user } = renderPart(
    <Button busy onClick={onClick}>
      Save
    </Button>,
  );
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(onClick).not.toHaveBeenCalled();
});

test('copy copies, says so, and forgets it again', async () => {
  const { server, user } = renderPart(<CopyButton text={() => 'http://x/v1'} name="Copy base URL" />);
  await user.click(screen.getByRole('button', { name: 'Copy base URL' }));
  expect(server.copied).toEqual(['http://x/v1']);
  expect(await screen.findByText('Copied')).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText('Copied')).not.toBeInTheDocument());
});

test('a field ties label, hint and error to its control', async () => {
  const { rerender, container } = render(
    <Field label="Base URL" hint="With /v1.">
      {(field) => <TextInput {...field} />}
    </Field>,
  );
  const input = screen.getByLabelText('Base URL');
  expect(input).toHaveAccessibleDescription('With /v1.');
  rerender(
    <Field label="Base URL" hint="With /v1." error="Enter a URL.">
      {(field) => <TextInput {...field} />}
    </Field>,
  );
  expect(input).toHaveAccessibleDescription('Enter a URL.');
  expect(input).toBeInvalid();
  expect(await axe(container)).toEqual([]);
});

test('Enter counts, except while an input method composes', () => {
  const onEnter = vi.fn();
  render(<TextInput aria-label="x" onEnter={onEnter} />);
  const input = screen.getByLabelText('x');
  fireEvent.keyDown(input, { key: 'Enter', isComposing: true });
  fireEvent.keyDown(input, { key: 'Enter', keyCode: 229 });
  expect(onEnter).not.toHaveBeenCalled();
  fireEvent.keyDown(input, { key: 'Enter' });
  expect(onEnter).toHaveBeenCalledTimes(1);
});

test('a number is committed when left or entered; nonsense is told, not swallowed', async () => {
  const onCommit = vi.fn();
  const user = userEvent.setup();
  render(<NumberInput aria-label="port" value={7229} onCommit={onCommit} />);
  const input = screen.getByLabelText('port');
  await user.clear(input);
  await user.type(input, '80x');
  await user.tab();
  await user.clear(input);
  await user.type(input, '8080{Enter}');
  await user.clear(input);
  await user.tab();
  expect(onCommit.mock.calls).toEqual([[Number.NaN], [8080], [null]]);
});

test('a secret is shown by its end only and replaced whole', async () => {
  function Part() {
    const [value, setValue] = useState('');
    return <SecretInput aria-label="Key" tail="9f3a" value={value} onChange={setValue} />;
  }
  const { user, container } = renderPart(<Part />);
  expect(container).toHaveTextContent('••••9f3a');
  await user.click(screen.getByRole('button', { name: 'Replace' }));
  const input = screen.getByLabelText('Key');
  expect(input).toHaveFocus();
  expect(input).toHaveAttribute('type', 'password');
  await user.click(input);
  await user.paste(' sk-new\n');
  expect(input).toHaveValue('sk-new');
});

test('segments always have one chosen', async () => {
  const onChange = vi.fn();
  const user = userEvent.setup();
  render(
    <Segmented
      label="Form"
      value="a"
      onChange={onChange}
      segments={[
        { value: 'a', label: 'A' },
        { value: 'b', label: 'B' },
      ]}
    />,
  );
  await user.click(screen.getByRole('radio', { name: 'A' }));
  await user.click(screen.getByRole('radio', { name: 'B' }));
  expect(onChange.mock.calls).toEqual([['b']]);
});

test('a dialog that deletes starts on Cancel and gives the focus back', async () => {
  const onConfirm = vi.fn();
  function Part() {
    const [open, setOpen] = useState(false);
    return (
      <>
        <Button onClick={() => setOpen(true)}>Delete all</Button>
        <Confirm
          open={open}
          onOpenChange={setOpen}
          title="Delete 4 requests?"
          action="Delete 4 requests"
          onConfirm={onConfirm}
        >
          For good.
        </Confirm>
      </>
    );
  }
  const { user, baseElement } = renderPart(<Part />);
  await user.click(screen.getByRole('button', { name: 'Delete all' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Delete 4 requests?' });
  expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
  expect(await axe(baseElement)).toEqual([]);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.getByRole('button', { name: 'Delete all' })).toHaveFocus());
  expect(onConfirm).not.toHaveBeenCalled();
});

test('a press beside a dialog leaves what is typed in it; Escape closes it', async () => {
  const onOpenChange = vi.fn();
  const { user } = renderPart(
    <Dialog open onOpenChange={onOpenChange} title="Add alias">
      <TextInput aria-label="name" />
    </Dialog>,
  );
  await user.type(await screen.findByLabelText('name'), 'mini');
  await user.click(scrim());
  expect(onOpenChange).not.toHaveBeenCalled();
  await user.keyboard('{Escape}');
  expect(onOpenChange.mock.calls).toEqual([[false]]);
});

test('a press beside a dialog that only shows something closes it', async () => {
  const onOpenChange = vi.fn();
  const { user } = renderPart(
    <Dialog open onOpenChange={onOpenChange} title="Keys" showsOnly>
      J and K
    </Dialog>,
  );
  await screen.findByRole('dialog');
  await user.click(scrim());
  expect(onOpenChange.mock.calls).toEqual([[false]]);
});

test('a menu runs what is chosen by keys', async () => {
  const run = vi.fn();
  const { user } = renderPart(
    <Menu
      trigger={<button type="button">More</button>}
      items={[
        { label: 'Edit', onSelect: () => undefined },
        { label: 'Remove', danger: true, onSelect: run },
      ]}
    />,
  );
  screen.getByRole('button', { name: 'More' }).focus();
  await user.keyboard('{Enter}{ArrowDown}{Enter}');
  await waitFor(() => expect(run).toHaveBeenCalledTimes(1));
  expect(screen.getByRole('button', { name: 'More' })).toHaveFocus();
});

test('select and switch have their field’s label', async () => {
  const user = userEvent.setup();
  const onModel = vi.fn();
  const onStream = vi.fn();
  render(
    <>
      <Field label="Model">
        {(field) => (
          <Select
            {...field}
            value="a"
            onChange={onModel}
            options={[
              { value: 'a', label: 'A' },
              { value: 'b', label: 'B' },
            ]}
          />
        )}
      </Field>
      <Field label="Stream">{(field) => <Switch {...field} checked={false} onChange={onStream} />}</Field>
    </>,
  );
  await user.click(screen.getByLabelText('Stream'));
  expect(onStream).toHaveBeenCalledWith(true);
  screen.getByLabelText('Model').focus();
  await user.keyboard('{Enter}{ArrowDown}{Enter}');
  expect(onModel).toHaveBeenCalledWith('b');
});

/** What lies over the page beside a dialog. */
const scrim = () => document.querySelector('.bg-scrim') as Element;

interface Row {
  id: string;
  name: string;
}

const columns: Column<Row>[] = [
  { id: 'id', head: 'Id', width: '60px', cell: ({ id }) => id },
  { id: 'name', head: 'Name', width: '1fr', cell: ({ name }) => name, from: 600 },
];
const rows: Row[] = ['a', 'b', 'c'].map((id) => ({ id, name: `Name ${id}` }));

test('a table is walked by arrows, J and K, Home and End, and a row is one link', async () => {
  const onOpen = vi.fn();
  const { user, container } = renderPart(
    <Table
      label="Rows"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      hrefOf={({ id }) => `#/${id}`}
      onOpen={onOpen}
      selected="b"
    />,
  );
  const [first, second, third] = screen.getAllByRole('link');
  expect(second).toHaveAttribute('aria-current', 'true');
  first?.focus();
  await user.keyboard('{ArrowDown}j');
  expect(third).toHaveFocus();
  await user.keyboard('{Home}');
  expect(first).toHaveFocus();
  await user.keyboard('{End}k{Enter}');
  expect(onOpen).toHaveBeenCalledWith(rows[1]);
  expect(await axe(container)).toEqual([]);
});

test('a pane keeps its width and its limits', async () => {
  const part = <SplitPane id="test" list={<p>list</p>} detail={<p>detail</p>} detailLabel="Detail" />;
  const { user, unmount } = renderPart(part);
  const handle = screen.getByRole('separator', { name: 'Resize the detail pane' });
  const before = Number(handle.getAttribute('aria-valuenow'));
  handle.focus();
  await user.keyboard('{ArrowLeft}{ArrowLeft}');
  expect(Number(handle.getAttribute('aria-valuenow'))).toBe(before + 32);
  unmount();
  renderPart(part);
  expect(Number(screen.getByRole('separator').getAttribute('aria-valuenow'))).toBe(before + 32);
});

test('each block of Markdown runs the way its own letters do', async () => {
  renderPart(<Markdown text={'Hello\n\nمرحبا\n\n- שלום'} />);
  expect(await screen.findByText('Hello')).toHaveAttribute('dir', 'auto');
  expect(await screen.findByText('مرحبا', { selector: 'p' })).toHaveAttribute('dir', 'auto');
  expect(await screen.findByRole('list')).toHaveAttribute('dir', 'auto');
});

test('a footnote leads to its words and back, in its own answer', async () => {
  const shown: Element[] = [];
  vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(function (this: Element) {
    shown.push(this);
  });
  const text = 'One[^1].\n\n[^1]: The words.';
  const { user } = renderPart(
    <>
      <Markdown text={text} />
      <Markdown text={text} />
    </>,
  );
  const marks = await screen.findAllByRole('link', { name: '1' });
  const words = screen.getAllByText(/The words/).map((one) => one.closest('li'));
  await user.click(marks[1] as Element);
  await user.click(screen.getAllByRole('link', { name: '↩' })[1] as Element);
  expect(shown).toEqual([words[1], marks[1]]);
  expect(marks[1]).not.toHaveAttribute('target');
});

test('a link of an answer leads out, or is none', async () => {
  const { container } = renderPart(
    <Markdown
      text={'[out](https://example.com) [mail](mailto:a@example.com) [in](/settings) ![drawn](a.png)'}
    />,
  );
  expect(await screen.findByText('out', { selector: 'a' })).toHaveAttribute('target', '_blank');
  expect([...container.querySelectorAll('a')].map(({ textContent }) => textContent)).toEqual(['out', 'mail']);
  expect(container).toHaveTextContent('out mail in drawn');
});

test('Markdown formats, and nothing in it runs or loads', async () => {
  const hostile = [
    '**bold** and `code`',
    '<script>window.hit = 1</script><img src=x onerror="window.hit = 1">',
    '[bad](javascript:alert(1)) [good](https://example.com)',
    '![picture](https://tracker.example/p.png)',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '```json\n{"a": 1}\n```',
  ].join('\n\n');
  const { container } = render(
    <TooltipProvider>
      <Markdown text={hostile} />
    </TooltipProvider>,
  );
  expect(await screen.findByText('bold', { selector: 'strong' })).toBeInTheDocument();
  expect(screen.getByRole('table')).toBeInTheDocument();
  expect(container.querySelector('script, img, [onerror]')).toBeNull();
  expect(screen.getByRole('link', { name: 'good' })).toHaveAttribute('href', 'https://example.com');
  expect(screen.getByText('bad').getAttribute('href') ?? '').not.toContain('javascript');
  await waitFor(() => expect(container.querySelector('pre [style*="--shiki-token"]')).not.toBeNull());
  expect(container.querySelector('pre')).toHaveTextContent('{"a": 1}');
});
