import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { createFakeServer, type FakeRequest } from '../../test/fake-host';
import { renderPage } from '../../test/render';
import { newDraft, useDraft } from './draft';

beforeEach(() => useDraft.setState(newDraft, true));

const isQuestion = ({ path }: FakeRequest) => path === '/v1/chat/completions';

const frames = (deltas: unknown[]) =>
  deltas
    .map((delta, at) => ({ delta, ...(at === deltas.length - 1 && { finish_reason: 'stop' }) }))
    .map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`)
    .join('');
const image = (url: string) => ({ type: 'image_url', image_url: { url } });

test('what a model draws is shown, opened, saved and sent back; its bytes are not stored', async () => {
  const kept: Blob[] = [];
  URL.createObjectURL = (blob: Blob) => `blob:${kept.push(blob)}`;
  URL.revokeObjectURL = () => undefined;
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(`${this.href} ${this.download}`);
  });
  const drawn = 'data:image/png;base64,iVBORw0KGgo=';
  const server = createFakeServer();
  server.on(
    'POST /v1/chat/completions',
    () =>
      new Response(frames([{ content: 'Here:' }, { images: [image(drawn)] }]), {
        headers: { 'content-type': 'text/event-stream' },
      }),
  );
  const { user, axe } = await renderPage('/playground', server);
  await user.click(await screen.findByRole('switch', { name: 'images' }));
  await user.type(await screen.findByLabelText('Your message'), 'Draw{Enter}');
  const shown = await screen.findByRole('img', { name: 'Image 1, drawn by echo/echo' });
  expect(shown).toHaveAttribute('src', drawn);
  expect(screen.getByText('PNG, 8 B')).toBeVisible();
  expect(await axe()).toEqual([]);

  await user.click(screen.getByRole('button', { name: 'Save image 1' }));
  expect(saved).toEqual(['blob:1 image-1.png']);
  expect(kept).toEqual([expect.objectContaining({ size: 8, type: 'image/png' })]);

  const opener = screen.getByRole('button', { name: 'Open image 1' });
  await user.click(opener);
  const dialog = await screen.findByRole('dialog', { name: 'Image 1, drawn by echo/echo' });
  expect(within(dialog).getByRole('img')).toHaveAttribute('src', drawn);
  expect(await axe()).toEqual([]);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(opener).toHaveFocus());

  await user.type(await screen.findByLabelText('Your message'), 'At night{Enter}');
  await waitFor(() => expect(server.calls.filter(isQuestion)).toHaveLength(2));
  expect(server.calls.findLast(isQuestion)?.body).toMatchObject({
    modalities: ['text', 'image'],
    messages: [
      { role: 'user' },
      { role: 'assistant', content: 'Here:', images: [image(drawn)] },
      { role: 'user' },
    ],
  });
  act(() => window.dispatchEvent(new Event('pagehide')));
  expect(sessionStorage.getItem('patchbay.playground')).not.toContain('iVBO');
  await act(() => useDraft.persist.rehydrate());
  expect((await screen.findAllByText('An image that is no longer here.'))[0]).toBeVisible();
});

test('an image in which something could run is not shown, and one elsewhere is not loaded', async () => {
  const svg = btoa('<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>');
  const server = createFakeServer();
  server.on(
    'POST /v1/chat/completions',
    () =>
      new Response(
        frames([
          { images: [image(`data:image/svg+xml;base64,${svg}`), image(`data:image/png;base64,${svg}`)] },
          { images: [image('https://images.example/2.png'), image('javascript:x()'), image('data:,x')] },
        ]),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  );
  const { user, axe } = await renderPage('/playground', server);
  await user.type(await screen.findByLabelText('Your message'), 'Draw{Enter}');
  expect(await screen.findByText('An image of the type image/svg+xml cannot be shown here.')).toBeVisible();
  expect(screen.getByText('An image of the type image/png cannot be shown here.')).toBeVisible();
  expect(screen.getByRole('link', { name: 'https://images.example/2.png' })).toHaveAttribute(
    'rel',
    'noreferrer noopener',
  );
  expect(screen.getAllByText('An image that cannot be read.')).toHaveLength(2);
  expect(screen.queryAllByRole('img', { name: /drawn by/ })).toEqual([]);
  expect(await axe()).toEqual([]);
});

test('an image whose bytes are damaged is told, not shown as a broken one', async () => {
  const server = createFakeServer();
  const images = [image('data:image/png;base64,iVBORw0KGgo=')];
  server.on('POST /v1/chat/completions', () =>
    Response.json({ choices: [{ message: { content: '', images }, finish_reason: 'stop' }] }),
  );
  const { user } = await renderPage('/playground', server);
  await user.type(await screen.findByLabelText('Your message'), 'Draw{Enter}');
  fireEvent.error(await screen.findByRole('img', { name: /drawn by/ }));
  expect(screen.getByText('An image of the type image/png cannot be shown here.')).toBeVisible();
});
