/** What the client sent. */
import { MessageView } from './MessageView';
import type { ViewProps } from './Views';

export function ClientRequest({ detail, form, onForm }: ViewProps) {
  return (
    <MessageView
      name="client-request"
      message={detail.client_request}
      pair={{ before: detail.client_request, after: detail.upstream_request }}
      summary={detail.summary}
      form={form}
      onForm={onForm}
    />
  );
}
