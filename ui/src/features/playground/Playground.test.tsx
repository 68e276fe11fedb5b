import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { exchangeDetail } from '../../test/fake-data';
import { createFakeServer } from '../../test/fake-host';
import { renderPage, speak } from '../../test/render';
import { newDraft, useDraft } from './draft';
import { discard } from './run';

beforeEach(() => {
  discard();
  useDraft.setState(newDraft, true);
});

const sent = (server: ReturnType<typeof createFakeServer>) =>
  server.calls
    .filter(({ path }) => path.startsWith('/v1/'))
    .map(({ body }) => body as Record<string, unknown>);

const composer = () => screen.findByLabelText('Your message');
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pngFile = (name = 'a.png') => new File([png], name, { type: 'image/png' });

test('Enter sends a true request and the answer streams in, with its figures and its row', async () => {
  const { server, user, axe } = await renderPage('/playground');
  await user.type(await composer(), 'Hello **you**{Enter}');
  expect(await screen.findByText('you', { selector: 'strong' })).toBeVisible();
  await screen.findByText('The answer is there, 12 tokens.');
  expect(sent(server)).toEqual([
    {
      model: 'echo/echo',
      messages: [{ role: 'user', content: 'Hello **you**' }],
      stream: true,
      stream_options: { include_usage: true },
    },
  ]);
  expect(screen.getByRole('link', { name: 'Show request' })).toHaveAttribute(
    'href',
    expect.stringContaining(`/exchanges?id=${server.data.exchanges[0]?.id}`),
  );
  expect(await composer()).toHaveValue('');
  expect(await axe()).toEqual([]);
});

test('Shift Enter and Enter of an input method do not send', async () => {
  const { server, user } = await renderPage('/playground');
  const field = await composer();
  await user.type(field, 'a{Shift>}{Enter}{/Shift}b');
  expect(field).toHaveValue('a\nb');
  fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
  fireEvent.keyDown(field, { key: 'Enter', keyCode: 229 });
  expect(sent(server)).toEqual([]);
});

test('the address preselects model and protocol, once', async () => {
  const { router } = await renderPage('/playground?model=fast&protocol=anthropic');
  expect(await screen.findByRole('button', { name: 'Model: fast' })).toBeVisible();
  expect(useDraft.getState().protocol).toBe('anthropic');
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});

test('any model name can be typed', async () => {
  const { user } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: 'Model: echo/echo' }));
  expect(await screen.findByRole('option', { name: /openai\/gpt-4o-mini/ })).toBeVisible();
  await user.keyboard('my/own-model{Enter}');
  expect(await screen.findByRole('button', { name: 'Model: my/own-model' })).toBeVisible();
});

test.each(['openai_chat', 'anthropic'] as const)('%s: a tool call asks for its result', async (protocol) => {
  useDraft.setState({ protocol });
  const { server, user, axe } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: /get_weather/ }));
  const call = await screen.findByRole('region', { name: 'Tool call get_weather' });
  expect(await within(call).findByText('waits for a result')).toBeVisible();
  expect(within(call).getByText('{ "city": "Oslo" }')).toBeVisible();
  expect(await axe()).toEqual([]);
  await user.type(await composer(), 'And now?{Enter}');
  expect(await screen.findByText(/Send the tool result first/)).toBeVisible();
  await user.type(screen.getByLabelText('Result of get_weather'), '-3 C');
  await user.click(screen.getByRole('button', { name: 'Send result' }));
  expect(await screen.findByText('The tool answered: -3 C')).toBeVisible();
  const messages = sent(server)[1]?.['messages'] as unknown[];
  expect(messages.slice(1)).toEqual(
    protocol === 'anthropic'
      ? [
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'toolu_0', name: 'get_weather', input: { city: 'Oslo' } }],
          },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'toolu_0', content: '-3 C' }],
          },
        ]
      : [
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: 'call_0',
                type: 'function',
                function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'call_0', content: '-3 C' },
        ],
  );
});

/** A server whose model begins to call a tool; `end` makes the call whole. */
function calling() {
  const server = createFakeServer();
  let end = () => undefined as void;
  const write = (delta: unknown, finish_reason: string | null) =>
    new TextEncoder().encode(`data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`);
  const call = { index: 0, id: 'call_0', type: 'function', function: { name: 'find', arguments: '{}' } };
  server.on('POST /v1/chat/completions', () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(write({ content: 'I look.' }, null));
        end = () => {
          controller.enqueue(write({ tool_calls: [call] }, 'tool_calls'));
          controller.enqueue(new TextEncoder().encode('data: [DONE]\n\n'));
          controller.close();
        };
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  return { server, end: () => end() };
}

test('a call that comes while somebody writes leaves the focus there', async () => {
  const { server, end } = calling();
  const { user } = await renderPage('/playground', server);
  const field = await composer();
  await user.type(field, 'Find{Enter}');
  await screen.findByText('I look.');
  await user.type(field, 'while it streams I');
  end();
  await screen.findByLabelText('Result of find');
  expect(field).toHaveFocus();
});

test('a call asks for its result where nobody writes, and keeps what is typed until it is sent', async () => {
  const { server, end } = calling();
  const { user, router } = await renderPage('/playground', server);
  await user.type(await composer(), 'Find{Enter}');
  await screen.findByText('I look.');
  end();
  expect(await screen.findByLabelText('Result of find')).toHaveFocus();
  await user.keyboard('-3 C');
  await user.click(screen.getByRole('switch', { name: /find/ }));
  await act(() => router.navigate({ to: '/exchanges' }));
  await act(() => router.navigate({ to: '/playground' }));
  expect(await screen.findByLabelText('Result of find')).toHaveValue('-3 C');
  expect(screen.getByRole('switch', { name: /find/ })).toBeChecked();
  await user.click(screen.getByRole('button', { name: 'Send result' }));
  await waitFor(() => expect(screen.getAllByText('I look.')).toHaveLength(2));
  end();
  expect(await screen.findByRole('textbox', { name: 'Result of find' })).toHaveValue('');
});

test('the numbers of a tool call are shown as the model wrote them', async () => {
  const server = createFakeServer();
  const call = {
    id: 'call_0',
    type: 'function',
    function: { name: 'find', arguments: '{"id":9007199254740993}' },
  };
  server.on('POST /v1/chat/completions', () =>
    Response.json({ choices: [{ message: { tool_calls: [call] }, finish_reason: 'tool_calls' }] }),
  );
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'Find{Enter}');
  expect(await screen.findByText('{ "id": 9007199254740993 }')).toBeVisible();
});

test.each(['openai_chat', 'anthropic'] as const)('%s: picture and schema samples run', async (protocol) => {
  useDraft.setState({ protocol });
  const { server, user } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: /Sends a picture/ }));
  expect(await screen.findByText(/96×60 pixels/)).toBeVisible();
  expect(screen.getByRole('img', { name: 'latency.png' })).toBeVisible();
  expect(JSON.stringify(sent(server)[0])).toContain('iVBORw0KGgo');
  await user.click(screen.getByRole('button', { name: 'New conversation' }));
  await user.click(await screen.findByRole('button', { name: /follows a JSON schema/ }));
  await waitFor(() => expect(screen.getByRole('log')).toHaveTextContent('"population": 1'));
  await user.click(screen.getByRole('button', { name: 'New conversation' }));
  expect(useDraft.getState()).toMatchObject({ schemaOn: false, schema: '', tools: '' });
});

test('what the person wrote before a sample can be put back', async () => {
  const own = { tools: '[{"name":"mine"}]', schema: '{"type":"object"}', schemaOn: true, model: 'fast' };
  useDraft.setState({ ...own, text: 'Half a question' });
  const { user } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: /Sends a picture/ }));
  await screen.findByText('The answer is there, 12 tokens.');
  expect(useDraft.getState()).toMatchObject({ tools: '', schema: '', model: 'echo/echo', text: '' });
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(useDraft.getState()).toMatchObject({ ...own, text: 'Half a question', pictures: [] });
});

test('a sample after a sample takes nothing away', async () => {
  const { user } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: /get_weather/ }));
  await user.click(await screen.findByRole('button', { name: 'New conversation' }));
  await user.click(await screen.findByRole('button', { name: /Sends a picture/ }));
  await screen.findByText('The answer is there, 12 tokens.');
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

test('what a provider refuses stands in the turn, and Try again asks again', async () => {
  const server = createFakeServer();
  let refusing = true;
  server.on('POST /v1/chat/completions', () =>
    refusing
      ? Response.json(
          { error: { message: 'No such model.', type: 'invalid_request_error' } },
          { status: 404 },
        )
      : Response.json({ choices: [{ message: { content: 'Here.' }, finish_reason: 'stop' }] }),
  );
  const { user, axe } = await renderPage('/playground', server);
  await user.type(await composer(), 'Hello{Enter}');
  expect(await screen.findByText('404: No such model.')).toBeVisible();
  expect(await axe()).toEqual([]);
  refusing = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Here.')).toBeVisible();
  expect(screen.queryByText('404: No such model.')).toBeNull();
  expect(sent(server)).toHaveLength(2);
});

test('a stream that breaks off keeps its text', async () => {
  const server = createFakeServer();
  server.on(
    'POST /v1/chat/completions',
    () =>
      new Response('data: {"choices":[{"delta":{"content":"So far"}}]}\n\n', {
        headers: { 'content-type': 'text/event-stream' },
      }),
  );
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'Hello{Enter}');
  expect(await screen.findByText('The answer broke off before its end.')).toBeVisible();
  expect(screen.getByText('So far')).toBeVisible();
});

/** A server whose model says "So far" and then nothing until it is hung up on; `asked` are the signals. */
function endless() {
  const server = createFakeServer();
  const asked: (AbortSignal | undefined)[] = [];
  server.on('POST /v1/chat/completions', ({ signal }) => {
    asked.push(signal);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(
          new TextEncoder().encode('data: {"choices":[{"delta":{"content":"So far"}}]}\n\n'),
        );
        signal?.addEventListener('abort', () => controller.error(signal?.reason));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  return { server, asked };
}

test('Stop stands in the place of Send, and the text so far stays', async () => {
  const { server, asked } = endless();
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'Hello{Enter}');
  expect(await screen.findByText('So far')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Send' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText('Stopped.')).toBeVisible();
  expect(asked.map((signal) => signal?.aborted)).toEqual([true]);
  expect(screen.getByText('So far')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Send' })).toBeVisible();
});

test('an answer that is coming goes with its conversation', async () => {
  const { server, asked } = endless();
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'First{Enter}');
  expect(await screen.findByText('So far')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'New conversation' }));
  expect(asked.map((signal) => signal?.aborted)).toEqual([true]);
  expect(screen.queryByText('So far')).toBeNull();
  await user.type(await composer(), 'Second{Enter}');
  expect(await screen.findByText('So far')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText('Stopped.')).toBeVisible();
  expect(useDraft.getState().turns.map(({ kind }) => kind)).toEqual(['question', 'answer']);
  expect(sent(server)[1]?.['messages']).toEqual([{ role: 'user', content: 'Second' }]);
});

test('an answer that is coming does not get into a logged request that is opened', async () => {
  const { server, asked } = endless();
  const [row] = server.data.exchanges;
  if (!row) throw new Error('no row');
  const detail = exchangeDetail(row);
  const messages = [{ role: 'user', content: 'From the log' }];
  server.on('GET /admin/exchanges/{}', () => ({
    ...detail,
    client_request: {
      ...detail.client_request,
      protocol: 'openai_chat',
      body: { text: JSON.stringify({ model: 'm', messages }), truncated: false },
    },
  }));
  const { user, router } = await renderPage('/playground', server);
  await user.type(await composer(), 'First{Enter}');
  expect(await screen.findByText('So far')).toBeVisible();
  await act(() => router.navigate({ to: '/playground', search: { exchange: row.id } }));
  await waitFor(async () => expect(await composer()).toHaveValue('From the log'));
  expect(asked.map((signal) => signal?.aborted)).toEqual([true]);
  await user.click(screen.getByRole('button', { name: 'Send' }));
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(sent(server)[1]?.['messages']).toEqual(messages);
});

test('losses are named, and the parameter is struck', async () => {
  const server = createFakeServer();
  server.on('POST /v1/chat/completions', () =>
    Response.json(
      { choices: [{ message: { content: 'Here.' }, finish_reason: 'stop' }] },
      { headers: { 'x-patchbay-loss': 'dropped temperature, clamped max_tokens' } },
    ),
  );
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'Hello{Enter}');
  expect(await screen.findByText(/Lost on the way/)).toHaveTextContent(
    'Lost on the way: temperature dropped, max_tokens clamped',
  );
  expect(screen.getByText('Not sent to this model: dropped on the way.')).toBeVisible();
});

test('Up takes the last question back', async () => {
  const { user } = await renderPage('/playground');
  const field = await composer();
  await user.type(field, 'First{Enter}');
  await screen.findByText('The answer is there, 12 tokens.');
  await user.click(field);
  await user.keyboard('{ArrowUp}');
  expect(field).toHaveValue('First');
  expect(useDraft.getState().turns).toEqual([]);
});

test('images are pasted, picked and removed; what is none is refused', async () => {
  const { user } = await renderPage('/playground');
  const field = await composer();
  fireEvent.paste(field, {
    clipboardData: { files: [pngFile()], items: [{}], getData: () => '' },
  });
  expect(await screen.findByRole('img', { name: 'a.png' })).toBeVisible();
  fireEvent.paste(field, {
    clipboardData: { files: [pngFile('text-too.png')], items: [{}, {}], getData: () => 'text' },
  });
  fireEvent.drop(field, {
    dataTransfer: { types: ['Files'], files: [new File(['x'], 'notes.txt', { type: 'text/plain' })] },
  });
  expect(await screen.findByText('notes.txt is not a PNG, JPEG, GIF or WebP image.')).toBeVisible();
  expect(screen.queryByRole('img', { name: 'text-too.png' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Remove a.png' }));
  expect(screen.queryByRole('img', { name: 'a.png' })).toBeNull();
});

test('where the paste event is empty, the desktop shell reads the clipboard', async () => {
  const server = createFakeServer('desktop');
  server.host.readClipboardImage = async () => new Blob([png], { type: 'image/png' });
  await renderPage('/playground', server);
  fireEvent.paste(await composer(), { clipboardData: { files: [], items: [], getData: () => '' } });
  expect(await screen.findByRole('img', { name: 'clipboard.png' })).toBeVisible();
});

test('the draft is kept without the bytes of pictures', async () => {
  const { user } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: /Sends a picture/ }));
  await screen.findByText('The answer is there, 12 tokens.');
  act(() => window.dispatchEvent(new Event('pagehide')));
  const stored = sessionStorage.getItem('patchbay.playground') ?? '';
  expect(stored).toContain('latency.png');
  expect(stored).not.toContain('iVBORw0KGgo');
});

test('a wrong parameter is said, and nothing is sent', async () => {
  const { server, user, axe } = await renderPage('/playground');
  await user.type(await screen.findByLabelText('temperature'), '9');
  await user.tab();
  expect(await screen.findByText('A number from 0 to 2.')).toBeVisible();
  await user.type(await composer(), 'Hello{Enter}');
  expect(await screen.findByText('A parameter is out of its range.')).toBeVisible();
  expect(sent(server)).toEqual([]);
  expect(await axe()).toEqual([]);
});

test('tools are edited as JSON, wrong ones are not saved', async () => {
  const { user, axe } = await renderPage('/playground');
  await user.click(await screen.findByRole('button', { name: 'Tools' }));
  const dialog = await screen.findByRole('dialog', { name: 'Tools' });
  await user.click(within(dialog).getByRole('button', { name: 'Insert example' }));
  expect(await axe()).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Save tools' }));
  expect(await screen.findByRole('button', { name: '1 tool' })).toBeVisible();
});

test('Copy as copies what Send would send', async () => {
  const { server, user } = await renderPage('/playground');
  await user.type(await composer(), "It's");
  await user.click(screen.getByRole('button', { name: 'Copy as' }));
  await user.click(await screen.findByRole('menuitem', { name: 'curl' }));
  await waitFor(() => expect(server.copied).toHaveLength(1));
  expect(server.copied[0]).toContain('http://127.0.0.1:7229/v1/chat/completions');
  expect(server.copied[0]).toContain(String.raw`"content": "It'\''s"`);
  expect(sent(server)).toEqual([]);
});

test('a logged request is taken over, whole or not at all', async () => {
  const server = createFakeServer();
  const [row] = server.data.exchanges;
  const detail = row && exchangeDetail(row);
  let body: { text: string; truncated: boolean } | null = null;
  server.on('GET /admin/exchanges/{}', () => ({
    ...detail,
    client_request: { ...detail?.client_request, protocol: 'anthropic', body },
  }));
  const first = await renderPage('/playground?exchange=1', server);
  expect(await screen.findByText(/did not keep the whole body/)).toBeVisible();
  first.unmount();
  body = { text: '{"model":"m","input":"a text to embed"}', truncated: false };
  const second = await renderPage('/playground?exchange=1', server);
  expect(await screen.findByText(/asks for no chat/)).toBeVisible();
  second.unmount();
  const messages = [{ role: 'user', content: 'From the log' }];
  body = { text: JSON.stringify({ model: 'claude-x', max_tokens: 9, top_k: 5, messages }), truncated: false };
  await renderPage('/playground?exchange=1', server);
  await waitFor(async () => expect(await composer()).toHaveValue('From the log'));
  expect(screen.getByLabelText('max_tokens')).toHaveValue('9');
  expect(screen.getByText(/has no place for it: top_k\./)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Model: claude-x' })).toBeVisible();
});

test('the empty screen is sound, also in Chinese', async () => {
  await speak('zh-CN');
  const { axe } = await renderPage('/playground');
  expect(await screen.findByText('还没有对话。')).toBeVisible();
  expect(await axe()).toEqual([]);
});

test('a route that is not there is said in the language of the page, with names as code', async () => {
  await speak('zh-CN');
  const server = createFakeServer();
  server.on('GET /admin/route', ({ query }) => ({
    model: query.get('model'),
    reasons: [],
    alias: null,
    targets: [],
    refusal: 'No model is called `gone` here.',
    wording: { code: 'no_such_model', values: { model: 'gone' } },
  }));
  useDraft.setState({ model: 'gone' });
  await renderPage('/playground', server);
  const route = await screen.findByRole('region', { name: '路由' });
  expect(await within(route).findByText('gone', { selector: 'code' })).toBeVisible();
  expect(route).not.toHaveTextContent('No model');
});

test('texts that a provider cut where it cites are one text', async () => {
  useDraft.setState({ protocol: 'anthropic' });
  const block = (index: number, block: unknown, text?: string) => [
    { type: 'content_block_start', index, content_block: block },
    ...(text === undefined
      ? []
      : [{ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }]),
    { type: 'content_block_stop', index },
  ];
  const text = { type: 'text', text: '' };
  const events = [
    { type: 'message_start', message: {} },
    ...block(0, text, 'I look it up.'),
    ...block(1, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
    ...block(2, text, 'The Loa is'),
    ...block(3, text, ' 440 km long.'),
    { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    { type: 'message_stop' },
  ];
  const server = createFakeServer();
  server.on(
    'POST /v1/messages',
    () =>
      new Response(
        events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
        {
          headers: { 'content-type': 'text/event-stream' },
        },
      ),
  );
  const { user } = await renderPage('/playground', server);
  await user.type(await composer(), 'How long?{Enter}');
  expect(await screen.findByText('The Loa is 440 km long.')).toBeVisible();
  expect(screen.getByText('I look it up.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Copy answer' }));
  await waitFor(() => expect(server.copied).toEqual(['I look it up.\n\nThe Loa is 440 km long.']));
});
