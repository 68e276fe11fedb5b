/** Reads an answer's body as text: a reader loop, because not every WebKit can iterate streams. */

/** Calls `each` for every piece until the body ends; throws what the body throws. */
export async function readText(response: Response, each: (text: string) => void): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  for (;;) {
    // Chunks come one after the other by nature.
    // oxlint-disable-next-line eslint/no-await-in-loop
    const { done, value } = await reader.read();
    each(done ? decoder.decode() : decoder.decode(value, { stream: true }));
    if (done) return;
  }
}
