/** A line for a shell that works at once, with the built-in echo; shared by every screen that waits for a request. */
export function firstRequest(baseUrl: string, accessKeys: number): string {
  const access = accessKeys === 0 ? '' : ` \\\n  -H "authorization: Bearer YOUR_ACCESS_KEY"`;
  const body = JSON.stringify({ model: 'echo/echo', messages: [{ role: 'user', content: 'Hello' }] });
  return `curl ${baseUrl}/chat/completions${access} \\\n  -H "content-type: application/json" \\\n  -d '${body}'`;
}
