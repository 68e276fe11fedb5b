/** How programs of clients are set up, protocol by protocol: what they call the base URL, and a first request. */
import { protocolOf, protocols, usualForm } from './protocols';
import type { ClientForm } from './protocols/protocol';

export const clientForms: readonly (ClientForm & { protocol: string })[] = protocols.flatMap((protocol) => {
  const form = protocolOf(protocol)?.form;
  return form ? [{ ...form, protocol }] : [];
});

/** The form of this name; the usual one for a name that is gone. */
export function formOf(value: string): ClientForm {
  return clientForms.find((form) => form.value === value) ?? usualForm;
}

/** A line for a shell that works at once; `origin` is scheme, host and port. */
export function firstRequest(origin: string, accessKeys: number, form: string = usualForm.value): string {
  const { path, key, body } = formOf(form).first;
  const access = accessKeys === 0 ? '' : ` \\\n  -H "${key}YOUR_ACCESS_KEY"`;
  return `curl ${origin}${path}${access} \\\n  -H "content-type: application/json" \\\n  -d '${JSON.stringify(body)}'`;
}
